//! Evidence as sentences, the strongest first.

use radar_types::{Reason, grouped};

use super::activity::Tally;
use super::counts::Seen;
use super::evidence::{Evidence, Found};
use super::target::split;
use super::{What, sent_parameters};
use crate::feature::http::{Findings, Inspector, Place, printable};
use crate::read::{Http, Record};

const REASONS_MAX: usize = 4;

pub(super) fn reasons(record: &Record<'_>, http: &Http<'_>, evidence: &mut [(f32, Evidence)]) -> Vec<Reason> {
    // Of equal weight the one that was found first stays first.
    evidence.sort_by(|a, b| b.0.total_cmp(&a.0));
    let writer = Writer { record, http };
    let mut reasons: Vec<Reason> = Vec::new();
    for (_, evidence) in evidence.iter() {
        if reasons.len() == REASONS_MAX {
            break;
        }
        let reason = writer.reason(evidence);
        if !reasons.iter().any(|told| told.code == reason.code) {
            reasons.push(reason);
        }
    }
    reasons
}

struct Writer<'a, 'r> {
    record: &'a Record<'r>,
    http: &'a Http<'r>,
}

impl Writer<'_, '_> {
    fn reason(&self, evidence: &Evidence) -> Reason {
        let (code, text) = match evidence {
            Evidence::Content(place, findings) => return self.content(*place, findings),
            Evidence::Rare(what, seen) => self.rare(*what, *seen),
            Evidence::Choice(number, seen) => {
                let (name, value) = self.parameter(*number);
                ("unusual_choice", format!("Parameter {name} holds {value}, {} there", times(*seen)))
            }
            Evidence::Requests(tally) => {
                ("request_burst", format!("{} made {} requests within a minute", self.client(), tally.requests))
            }
            Evidence::Failures(tally) => {
                let Tally { requests, failures, .. } = tally;
                ("error_burst", format!("{failures} of {requests} requests of {} within a minute were refused", self.client()))
            }
            Evidence::Submissions(tally) => (
                "submission_burst",
                format!("{} sent {} requests that change something within a minute", self.client(), tally.others),
            ),
            Evidence::Attacker(tally) => {
                ("attacking_client", format!("{} of {} requests of {} hold attacks", tally.others, tally.requests, self.client()))
            }
            Evidence::Refused(tally) => {
                ("refused_client", format!("{} of {} requests of {} were refused", tally.failures, tally.requests, self.client()))
            }
            Evidence::Large(deviations) => {
                let bytes = self.http.bytes.unwrap_or_default();
                ("large_response", format!("Response of {}, {deviations:.0} standard deviations above what is usual", size(bytes)))
            }
            Evidence::Long(number, chars, deviations) => {
                let (name, _) = self.parameter(*number);
                (
                    "overlong_value",
                    format!(
                        "The {chars} characters of parameter {name} are {deviations:.0} standard deviations above what is usual there"
                    ),
                )
            }
            Evidence::Missing => {
                ("unknown_page", format!("Asked for an unknown page and was answered {}", self.http.status.unwrap_or_default()))
            }
        };
        Reason { code: code.into(), text }
    }

    fn content(&self, place: Found, findings: &Findings) -> Reason {
        let (path, _) = split(self.http.uri.as_bytes());
        let (text, kind_of_place, name) = match place {
            Found::Path => (path.to_vec(), Place::Path, "The path".to_owned()),
            Found::Name(number) => (self.raw(number).0, Place::Value, "A parameter's name".to_owned()),
            Found::Value(number) => (self.raw(number).1, Place::Value, format!("Parameter {}", self.parameter(number).0)),
            Found::Agent => (bytes(self.http.user_agent.as_deref()), Place::Prose, "The user agent".to_owned()),
            Found::Referrer => (bytes(self.http.referrer.as_deref()), Place::Prose, "The referrer".to_owned()),
            Found::Method => {
                let text = format!("The method is `{}`", printable(self.http.method.as_bytes()));
                return Reason { code: "odd_method".into(), text };
            }
        };
        let mut inspector = Inspector::default();
        inspector.inspect(&text, kind_of_place);
        let excerpt = inspector.excerpt(findings);
        let Some((kind, ..)) = findings.strongest else { return Reason { code: "suspicious".into(), text: name } };
        Reason { code: kind.code().into(), text: format!("{name} holds {}: `{excerpt}`", kind.name()) }
    }

    fn rare(&self, what: What, seen: Seen) -> (&'static str, String) {
        let times = times(seen);
        match what {
            What::Level => {
                let (path, _) = split(self.http.uri.as_bytes());
                ("rare_page", format!("The page `{}` or its directory was {times} among its neighbours", printable(path)))
            }
            What::Signature => ("rare_parameters", format!("This set of parameters was {times} on this page")),
            What::Name(number) => ("rare_parameter", format!("Parameter {} was {times} on this page", self.parameter(number).0)),
            What::Classes(number) | What::Runs(number) => {
                let (name, value) = self.parameter(number);
                ("unusual_value", format!("Parameter {name} holds {value}; such characters were {times} there"))
            }
            What::Length(number) => {
                ("unusual_length", format!("A value as long as that of parameter {} was {times} there", self.parameter(number).0))
            }
            What::Method => ("rare_method", format!("The method {} was {times}", printable(self.http.method.as_bytes()))),
            What::MethodHere => {
                ("rare_method_here", format!("The method {} was {times} on this page", printable(self.http.method.as_bytes())))
            }
            What::Status => ("rare_status", format!("The answer {} was {times}", self.http.status.unwrap_or_default())),
            What::StatusHere => {
                ("rare_status_here", format!("The answer {} was {times} on this page", self.http.status.unwrap_or_default()))
            }
            What::Agent => ("rare_agent", format!("This user agent was {times}")),
            What::Protocol => ("rare_protocol", format!("The protocol `{}` was {times}", printable(self.http.protocol.as_bytes()))),
        }
    }

    fn raw(&self, number: u8) -> (Vec<u8>, Vec<u8>) {
        let found = sent_parameters(self.record, split(self.http.uri.as_bytes()).1).nth(usize::from(number));
        found.map(|(name, value)| (name.to_vec(), value.to_vec())).unwrap_or_default()
    }

    /// Name and value, in quotes.
    fn parameter(&self, number: u8) -> (String, String) {
        let (name, value) = self.raw(number);
        let name = if name.is_empty() { "without a name".to_owned() } else { format!("`{}`", printable(&name)) };
        (name, format!("`{}`", printable(&value)))
    }

    fn client(&self) -> String {
        self.record.address.as_deref().map_or_else(|| "The client".to_owned(), |address| printable(address.as_bytes()))
    }
}

fn bytes(text: Option<&str>) -> Vec<u8> {
    text.unwrap_or_default().as_bytes().to_vec()
}

fn times(seen: Seen) -> String {
    match seen.count {
        0 => "never seen".to_owned(),
        1 => format!("seen once in {} requests", grouped(seen.of.into())),
        count => format!("seen {} times in {} requests", grouped(count.into()), grouped(seen.of.into())),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=999_999 => format!("{} kB", bytes / 1000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}
