//! The HTTP side: one endpoint, and what each kind of answer means.

use std::thread;
use std::time::Duration;

use anyhow::{anyhow, bail};
use radar_types::wire::{IngestAnswer, Problem};
use ureq::Agent;

use super::backoff::Backoff;
use super::summary::printable;
use crate::config::SendConfig;

/// An answer lists a hundred rejects at most; more than this is no answer of RADAR's.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

pub(super) struct Client {
    agent: Agent,
    server: String,
    endpoint: String,
    authorization: Option<String>,
    patience: Option<Duration>,
}

enum Failure {
    /// Another attempt may succeed.
    Passing {
        why: String,
        retry_after: Option<Duration>,
    },
    Final(anyhow::Error),
}

impl Client {
    pub(super) fn new(config: &SendConfig) -> Self {
        let secs = |secs| Some(Duration::from_secs(secs));
        let agent = Agent::config_builder()
            .user_agent(concat!("radar-collector/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            // A redirect would carry log lines and the token to a server nobody named.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(secs(10))
            .timeout_connect(secs(10))
            .timeout_send_request(secs(10))
            .timeout_send_body(secs(60))
            .timeout_recv_response(secs(60))
            .timeout_recv_body(secs(30))
            .build()
            .new_agent();
        Self {
            agent,
            server: config.server.clone(),
            endpoint: format!("{}/api/ingest", config.server),
            authorization: config.token.as_ref().map(|token| format!("Bearer {token}")),
            patience: config.patience,
        }
    }

    /// Sends a batch until the server has answered for each of its records.
    pub(super) fn post(&self, body: &[u8], records: usize) -> anyhow::Result<IngestAnswer> {
        let mut backoff = Backoff::new(self.patience);
        let answer = loop {
            match self.attempt(body) {
                Ok(answer) => break answer,
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing { why, retry_after }) => {
                    let Some(pause) = backoff.next_pause(retry_after) else {
                        bail!("gave up after {:.0} s: {why}; the place is kept, run again later", backoff.elapsed().as_secs_f64());
                    };
                    eprintln!("{why}; trying again in {:.1} s", pause.as_secs_f64());
                    thread::sleep(pause);
                }
            }
        };
        let answered = u64::from(answer.accepted) + u64::from(answer.duplicates) + u64::from(answer.rejected);
        if answered != records as u64 {
            bail!("{} answered for {answered} of {records} events; nothing is marked as sent", self.server);
        }
        Ok(answer)
    }

    fn attempt(&self, body: &[u8]) -> Result<IngestAnswer, Failure> {
        let mut request = self.agent.post(&self.endpoint).header("Content-Type", "application/x-ndjson");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let mut response = request.send(body).map_err(|error| self.transport_failure(&error))?;
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (retry_after, location) = (header("Retry-After"), header("Location"));
        let answer = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let answer = answer.map_err(|error| self.transport_failure(&error))?;

        if matches!(status, 200..=299 | 400)
            && let Ok(answer) = serde_json::from_slice(&answer)
        {
            return Ok(answer);
        }
        let said = said(&answer);
        let server = &self.server;
        Err(match status {
            408 | 429 | 500..=599 => Failure::Passing {
                why: format!("{server} cannot take events now: HTTP {status}{said}"),
                // The other form, a date, would trust two clocks to agree.
                retry_after: retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs),
            },
            200..=299 => Failure::Final(anyhow!("what answers at {server} is not a RADAR server (HTTP {status}); check --server")),
            300..=399 => {
                let target = location.map_or_else(|| "elsewhere".to_owned(), |target| printable(&target));
                Failure::Final(anyhow!("{server} redirects to {target}; give the address events shall go to with --server"))
            }
            401 | 403 => Failure::Final(anyhow!("{server} refuses this collector: HTTP {status}{said}; check --token")),
            413 => Failure::Final(anyhow!("{server} finds the batch too large: HTTP {status}{said}; use a smaller --batch")),
            _ => Failure::Final(anyhow!("{server} refuses the events: HTTP {status}{said}")),
        })
    }

    fn transport_failure(&self, error: &ureq::Error) -> Failure {
        use std::io::ErrorKind;
        // These come out the same however often they are tried. A certificate that is not
        // accepted arrives as invalid data.
        let is_final = match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => true,
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::BodyExceedsLimit(_) => true,
            ureq::Error::Io(error) => error.kind() == ErrorKind::InvalidData,
            _ => false,
        };
        let why = format!("cannot reach {}: {}", self.server, printable(&error.to_string()));
        if is_final { Failure::Final(anyhow!(why)) } else { Failure::Passing { why, retry_after: None } }
    }
}

/// The server's own words, where it has any.
fn said(answer: &[u8]) -> String {
    serde_json::from_slice::<Problem>(answer).map_or_else(|_| String::new(), |problem| format!(", {}", printable(&problem.message)))
}
