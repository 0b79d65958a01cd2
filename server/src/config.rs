//! Flags and environment, read once and checked.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Result, ensure};

#[derive(Debug)]
pub(crate) struct ServeConfig {
    pub(crate) addr: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) ingest: IngestRule,
}

/// Who counts as a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngestRule {
    /// Whoever shows the token.
    Token(String),
    /// Anybody: the server listens to this machine alone.
    Anybody,
    /// Nobody: the server listens to the network and has no token.
    Nobody,
}

const TOKEN_BYTES_MIN: usize = 16;

impl ServeConfig {
    pub(crate) fn check(addr: SocketAddr, data: PathBuf, ingest_token: Option<String>) -> Result<Self> {
        let ingest = match ingest_token {
            Some(token) => {
                ensure!(
                    token.len() >= TOKEN_BYTES_MIN && token.bytes().all(|byte| byte.is_ascii_graphic()),
                    "the ingest token must be at least {TOKEN_BYTES_MIN} characters long, without spaces or accents"
                );
                IngestRule::Token(token)
            }
            None if addr.ip().is_loopback() => IngestRule::Anybody,
            None => IngestRule::Nobody,
        };
        Ok(Self { addr, data, ingest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(addr: &str, token: Option<&str>) -> Option<IngestRule> {
        ServeConfig::check(addr.parse().unwrap(), "data".into(), token.map(Into::into)).ok().map(|config| config.ingest)
    }

    #[test]
    fn only_a_local_server_takes_events_without_a_token() {
        assert_eq!(rule("127.0.0.1:0", None), Some(IngestRule::Anybody));
        assert_eq!(rule("[::1]:0", None), Some(IngestRule::Anybody));
        assert_eq!(rule("0.0.0.0:0", None), Some(IngestRule::Nobody));
        assert_eq!(rule("0.0.0.0:0", Some("0123456789abcdef")), Some(IngestRule::Token("0123456789abcdef".into())));
    }

    #[test]
    fn a_weak_token_is_refused() {
        assert_eq!(rule("127.0.0.1:0", Some("")), None);
        assert_eq!(rule("127.0.0.1:0", Some("short")), None);
        assert_eq!(rule("127.0.0.1:0", Some("0123456789abcde ")), None);
    }
}
