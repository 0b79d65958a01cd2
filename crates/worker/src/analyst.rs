//! What the worker does, without the browser around it.

use radar_engine::parse::{self, Limits};
use radar_engine::{Engine, ModelError};
use radar_types::Timestamp;
use radar_types::worker::{FromWorker, ScoredLine, ToWorker};

/// Of one pasted text. A tab that holds this and its results still answers at once.
const TEXT_BYTES_MAX: usize = 4 << 20;
const LINES_MAX: usize = 20_000;

pub(crate) struct Analyst {
    engine: Engine,
}

impl Analyst {
    pub(crate) fn new() -> Result<Self, ModelError> {
        Ok(Self { engine: Engine::shipped()? })
    }

    pub(crate) fn ready(&self) -> String {
        let manifest = self.engine.manifest();
        to_json(&FromWorker::Ready { model: manifest.name.clone(), model_version: manifest.version.clone() })
    }

    pub(crate) fn handle(&self, message: &str) -> String {
        let answer = match serde_json::from_str(message) {
            Ok(ToWorker::Score { id, text, now }) => match self.score(id, &text, now) {
                Ok(scored) => scored,
                Err(message) => FromWorker::Failed { id, message },
            },
            Err(error) => FromWorker::Failed { id: 0, message: format!("The page sent a message the worker can't read: {error}") },
        };
        to_json(&answer)
    }

    fn score(&self, id: u32, text: &str, now: Timestamp) -> Result<FromWorker, String> {
        if text.len() > TEXT_BYTES_MAX {
            let size = text.len().div_ceil(1 << 20);
            return Err(format!(
                "The text is {size} MiB long, and at most {} MiB can be analysed at once. Paste a part of it.",
                TEXT_BYTES_MAX >> 20
            ));
        }
        let limits = Limits { records_max: LINES_MAX, ..Limits::default() };
        let parsed = parse::text_lines(text.as_bytes(), now, &limits);
        if parsed.truncated {
            return Err(format!(
                "The text has more than {LINES_MAX} lines, which is the most that can be analysed at once. Paste a part of it."
            ));
        }
        let events = parsed.events.into_iter().map(|(_, event)| event).collect();
        let lines = self.engine.score(parse::with_ids(events));
        let lines = lines.into_iter().map(|scored| ScoredLine { severity: self.engine.severity(&scored), scored }).collect();
        Ok(FromWorker::Scored { id, lines, rejects: parsed.rejects })
    }
}

fn to_json(answer: &FromWorker) -> String {
    // These types are text, numbers and maps with text keys, which all have their JSON.
    serde_json::to_string(answer).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use radar_types::Severity;

    use super::*;

    fn ask(text: &str) -> FromWorker {
        let analyst = Analyst::new().unwrap();
        let message = ToWorker::Score { id: 7, text: text.into(), now: "2026-03-03T10:00:00Z".parse().unwrap() };
        serde_json::from_str(&analyst.handle(&serde_json::to_string(&message).unwrap())).unwrap()
    }

    fn check_failure(text: &str, expected: &str) {
        assert_eq!(ask(text), FromWorker::Failed { id: 7, message: expected.into() });
    }

    #[test]
    fn it_says_which_model_it_has() {
        let ready = Analyst::new().unwrap().ready();
        assert!(matches!(serde_json::from_str(&ready).unwrap(), FromWorker::Ready { model, .. } if model == "autoencoder"));
    }

    #[test]
    fn lines_are_scored_and_rejects_come_with_them() {
        let attack = "2026-03-03T10:00:00Z [ERROR] shop - GET /?id=1%27%20UNION%20SELECT%20password-- failed | IP: 203.0.113.9";
        let FromWorker::Scored { id, lines, rejects } = ask(&format!("{attack}\n{{}}\n")) else { panic!("not scored") };
        assert_eq!((id, lines.len(), rejects.len()), (7, 1, 1));
        assert!(lines[0].severity >= Some(Severity::Medium), "{:?}", lines[0]);
        assert!(!lines[0].scored.reasons.is_empty());
    }

    #[test]
    fn what_is_too_much_is_refused_with_a_sentence() {
        check_failure(
            &"x".repeat((4 << 20) + 1),
            "The text is 5 MiB long, and at most 4 MiB can be analysed at once. Paste a part of it.",
        );
        check_failure(
            &"x\n".repeat(20_001),
            "The text has more than 20000 lines, which is the most that can be analysed at once. Paste a part of it.",
        );
    }

    #[test]
    fn a_message_it_cannot_read_is_answered_too() {
        let answer = Analyst::new().unwrap().handle("nonsense");
        assert!(matches!(serde_json::from_str(&answer).unwrap(), FromWorker::Failed { id: 0, .. }));
    }
}
