//! What `radar serve` was asked for, checked before anything starts.

use std::net::{SocketAddr, ToSocketAddrs};

use anyhow::{Context, Result, ensure};

#[derive(Debug)]
pub(crate) struct ServeConfig {
    pub(crate) addr: SocketAddr,
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

/// How requests come to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Door {
    /// From this machine alone, so it goes by no name but `localhost`. Otherwise the page of another site could give its own
    /// name this machine's address, and then read what is here as its own.
    pub is_local: bool,
    /// Over encrypted connections alone, as far as other machines are concerned.
    pub is_secure: bool,
    /// Through so many proxies, each of which says where a request came from.
    pub trusted_hops: usize,
}

const TOKEN_BYTES_MIN: usize = 16;

impl ServeConfig {
    pub(crate) fn check(addr: &str, ingest_token: Option<String>, trusted_hops: usize) -> Result<Self> {
        let addr =
            resolve(addr).with_context(|| format!("--addr takes an address and a port, such as 127.0.0.1:7171; found {addr:?}"))?;
        let ingest = match ingest_token {
            Some(token) => {
                ensure!(
                    token.len() >= TOKEN_BYTES_MIN && token.bytes().all(|byte| byte.is_ascii_graphic()),
                    "the ingest token must be at least {TOKEN_BYTES_MIN} characters long, without spaces or accents"
                );
                IngestRule::Token(token)
            }
            // Behind a proxy, whoever reaches that reaches this server.
            None if addr.ip().is_loopback() && trusted_hops == 0 => IngestRule::Anybody,
            None => IngestRule::Nobody,
        };
        Ok(Self { addr, ingest })
    }
}

/// A name such as `localhost` may mean several addresses; the first one counts.
fn resolve(addr: &str) -> Result<SocketAddr> {
    addr.to_socket_addrs()?.next().context("the name means no address")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(addr: &str, token: Option<&str>) -> Option<IngestRule> {
        ServeConfig::check(addr, token.map(Into::into), 0).ok().map(|config| config.ingest)
    }

    #[test]
    fn only_a_local_server_takes_events_without_a_token() {
        assert_eq!(rule("127.0.0.1:0", None), Some(IngestRule::Anybody));
        assert_eq!(rule("[::1]:0", None), Some(IngestRule::Anybody));
        assert_eq!(rule("0.0.0.0:0", None), Some(IngestRule::Nobody));
        let behind_a_proxy = ServeConfig::check("127.0.0.1:0", None, 1).unwrap();
        assert_eq!(behind_a_proxy.ingest, IngestRule::Nobody);
        assert_eq!(rule("0.0.0.0:0", Some("0123456789abcdef")), Some(IngestRule::Token("0123456789abcdef".into())));
    }

    #[test]
    fn an_address_may_be_a_name_and_needs_a_port() {
        assert_eq!(rule("localhost:0", None), Some(IngestRule::Anybody));
        for addr in ["", "localhost", "127.0.0.1", ":", "127.0.0.1:70000", "nonsense nonsense:1"] {
            let error = ServeConfig::check(addr, None, 0).unwrap_err().to_string();
            assert!(error.contains("such as 127.0.0.1:7171"), "{addr}: {error}");
        }
    }

    #[test]
    fn a_weak_token_is_refused() {
        assert_eq!(rule("127.0.0.1:0", Some("")), None);
        assert_eq!(rule("127.0.0.1:0", Some("short")), None);
        assert_eq!(rule("127.0.0.1:0", Some("0123456789abcde ")), None);
    }
}
