//! Why an event stands out, in sentences.
//!
//! The features whose reconstruction is farther off than it usually is are the reasons. The number of the event comes
//! from its facts, never from the feature, so it can be checked by reading the line; what is usual
//! is what the model expected in its place. A sentence that the event does not bear out is not
//! written, however large its share of the error.

use radar_types::{Event, Level, Reason, grouped};

use crate::feature::event::{DATA_BITS, Feature, LENGTH_BITS, LINE_BITS, RESPONSE_BITS, TOKEN_BITS, WIDTH, amount};
use crate::feature::{AddressClass, Facts, Subject, Topic};
use crate::model::Manifest;

const REASONS_MAX: usize = 3;
/// So many times its mean error over the baseline is what a feature may be off without a reason.
const USUAL_ERRORS: f32 = 3.0;
/// A smaller share of the error is no reason.
const SHARE_MIN: f32 = 0.15;
const WORDS_SHOWN_MAX: usize = 3;
const TIME_CODE: &str = "time";
/// How near to the rim of the day's circle an expected time has to be: in the middle stands every
/// hour, and so none.
const CERTAINTY_MIN: f64 = 0.5;
/// Nearer hours are no reason.
const HOURS_APART_MIN: f64 = 3.0;

/// The reasons of an event at `low` or above: at least one, the strongest first.
pub(crate) fn reasons(event: &Event, row: &[f32], reconstruction: &[f32], manifest: &Manifest) -> Vec<Reason> {
    let facts = Facts::of(&Subject::of(event));
    let (unusual, total) = unusual_errors(row, reconstruction, manifest);
    // The four features of the calendar are one reason; the codes are few enough for a list.
    let mut errors: Vec<(&'static str, f32, Feature)> = Vec::with_capacity(WIDTH);
    for (feature, error) in Feature::ALL.into_iter().zip(unusual) {
        match errors.iter_mut().find(|(code, ..)| *code == feature_code(feature)) {
            Some((_, sum, _)) => *sum += error,
            None => errors.push((feature_code(feature), error, feature)),
        }
    }
    errors.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));

    let usual = manifest.normalisation.undo(reconstruction);
    let expected = |feature: Feature| f64::from(usual[feature as usize]);
    let mut reasons: Vec<Reason> = errors
        .into_iter()
        .take_while(|(_, error, _)| *error > 0.0 && *error >= SHARE_MIN * total)
        .filter_map(|(code, _, feature)| {
            let text = match code {
                TIME_CODE => time(&facts, expected(Feature::DaySin), expected(Feature::DayCos)),
                _ => sentence(feature, &facts, expected(feature)),
            }?;
            Some(Reason { code: code.into(), text })
        })
        .take(REASONS_MAX)
        .collect();
    if reasons.is_empty() {
        let text = "No single part stands out; the combination is unlike the events the model was trained on".into();
        reasons.push(Reason { code: "combination".into(), text });
    }
    reasons
}

/// Of each feature the share of the error that it may not usually have.
pub(crate) fn weights(row: &[f32], reconstruction: &[f32], manifest: &Manifest) -> Vec<f32> {
    let (unusual, total) = unusual_errors(row, reconstruction, manifest);
    unusual.into_iter().map(|error| if total > 0.0 { error / total } else { 0.0 }).collect()
}

/// Of each feature what its error has beyond the usual, and the whole error.
fn unusual_errors(row: &[f32], reconstruction: &[f32], manifest: &Manifest) -> (Vec<f32>, f32) {
    let errors = row.iter().zip(reconstruction).map(|(read, expected)| (read - expected) * (read - expected));
    let mut total = 0.0;
    let unusual = errors.zip(&manifest.calibration.feature_errors).map(|(error, usual)| {
        total += error;
        (error - USUAL_ERRORS * usual).max(0.0)
    });
    (unusual.collect(), total)
}

/// Codes are for programs and never change; features may be added to one.
pub(crate) fn feature_code(feature: Feature) -> &'static str {
    match feature {
        Feature::DaySin | Feature::DayCos | Feature::WeekSin | Feature::WeekCos => TIME_CODE,
        other => other.name(),
    }
}

fn sentence(feature: Feature, facts: &Facts, expected: f64) -> Option<String> {
    match feature {
        Feature::Level => {
            let usual = nearest_level(expected);
            (usual != facts.level).then(|| format!("Level is {}; events like this are mostly {}", name(facts.level), name(usual)))
        }
        // These speak together, through `time`.
        Feature::DaySin | Feature::DayCos | Feature::WeekSin | Feature::WeekCos => None,
        Feature::Length => {
            compared("Message is", facts.bytes, "bytes long; events like this are about", amount(expected, LENGTH_BITS))
        }
        Feature::Tokens => {
            compared("Words in the message:", facts.tokens, "where events like this have about", amount(expected, TOKEN_BITS))
        }
        Feature::LongestToken => {
            let usual = amount(expected, TOKEN_BITS);
            compared("Longest word of the message is", facts.longest_token_bytes, "bytes; events like this have about", usual)
        }
        Feature::Lines => {
            let usual = amount(expected, LINE_BITS) + 1.0;
            compared("Lines in the message:", facts.lines.max(1), "where events like this have about", usual)
        }
        Feature::Entropy => {
            let (found, usual) = (format!("{:.1}", facts.entropy), format!("{:.1}", (expected * 8.0).clamp(0.0, 8.0)));
            (found != usual).then(|| format!("Message holds {found} bits of information a byte; events like this about {usual}"))
        }
        Feature::Digits => share("digits", facts.digits, expected),
        Feature::Punctuation => share("punctuation", facts.punctuation, expected),
        Feature::Uppercase => share("capital letters", facts.uppercase, expected),
        Feature::NonAscii => share("letters beyond ASCII", facts.non_ascii, expected),
        Feature::Control => {
            (facts.control > 0.0).then(|| format!("{} of the message is characters that can't be printed", percent(facts.control)))
        }
        Feature::TroubleWords => words("Message speaks of trouble", facts, Topic::Trouble),
        Feature::AttackWords => words("Message holds what is known from attacks", facts, Topic::Attack),
        Feature::TamperingWords => words("Message speaks of logs or defences being removed", facts, Topic::Tampering),
        Feature::RefusedLogon => facts.found.has(Topic::RefusedLogon).then(|| match facts.address {
            Some(AddressClass::Public) => "A logon from a public address was refused".into(),
            Some(AddressClass::Internal) | None => "A logon was refused".into(),
        }),
        Feature::NightAdministrator => (facts.is_night() && facts.is_administrator_logon())
            .then(|| format!("An administrator logged on at {}, between midnight and six", clock(facts))),
        Feature::Address => address(facts.address, expected),
        Feature::ResponseTime => {
            let (found, usual) = (duration(facts.response_millis?), duration(amount(expected, RESPONSE_BITS)));
            (found != usual).then(|| format!("Tells of {found} that something took; in events like this it is about {usual}"))
        }
        Feature::DataSize => {
            let (found, usual) = (size(facts.data_bytes?), size(amount(expected, DATA_BITS)));
            (found != usual).then(|| format!("Speaks of {found} of data; events like this of about {usual}"))
        }
        Feature::Windows => Some(match facts.is_windows {
            true => "Comes from Windows, and reads like what other systems write".into(),
            false => "Reads like what Windows writes, and comes from another system".into(),
        }),
    }
}

/// The hour of day that the model expected, where it expected one and it is far from the event's.
fn time(facts: &Facts, day_sin: f64, day_cos: f64) -> Option<String> {
    let (sin, cos) = (day_sin * 2.0 - 1.0, day_cos * 2.0 - 1.0);
    if sin.hypot(cos) < CERTAINTY_MIN {
        return None;
    }
    let usual_hour = (sin.atan2(cos) / std::f64::consts::TAU * 24.0).rem_euclid(24.0);
    let apart = (f64::from(facts.minute_of_day) / 60.0 - usual_hour).rem_euclid(24.0);
    if apart.min(24.0 - apart) < HOURS_APART_MIN {
        return None;
    }
    let usual_hour = usual_hour.round() as u32 % 24;
    Some(format!("Written at {} on a {}; events like this mostly around {usual_hour:02}:00", clock(facts), weekday(facts)))
}

fn compared(subject: &str, found: usize, comparison: &str, usual: f64) -> Option<String> {
    let (found, usual) = (grouped(found as u64), grouped(usual.round() as u64));
    (found != usual).then(|| {
        // Two halves that belong to one sentence need no comma; a count and its comment do.
        let comma = if subject.ends_with(':') { "," } else { "" };
        format!("{subject} {found}{comma} {comparison} {usual}")
    })
}

fn share(of: &str, found: f64, expected: f64) -> Option<String> {
    let (found, usual) = (percent(found), percent(expected.clamp(0.0, 1.0)));
    (found != usual).then(|| format!("{found} of the message is {of}; events like this have about {usual}"))
}

fn words(what: &str, facts: &Facts, topic: Topic) -> Option<String> {
    let found: Vec<String> = facts.found.of(topic).map(|word| format!("`{}`", word.trim())).collect();
    let shown = found[..found.len().min(WORDS_SHOWN_MAX)].join(", ");
    match found.len() {
        0 => None,
        1..=WORDS_SHOWN_MAX => Some(format!("{what}: {shown}")),
        more => Some(format!("{what}: {shown} and {} more", more - WORDS_SHOWN_MAX)),
    }
}

fn address(found: Option<AddressClass>, expected: f64) -> Option<String> {
    let describe = |address| match address {
        None => "none",
        Some(AddressClass::Internal) => "an internal one",
        Some(AddressClass::Public) => "a public one",
    };
    let usual = if expected < 0.25 {
        None
    } else if expected < 0.75 {
        Some(AddressClass::Internal)
    } else {
        Some(AddressClass::Public)
    };
    (usual != found).then(|| format!("Address is {}; events like this mostly have {}", describe(found), describe(usual)))
}

fn nearest_level(value: f64) -> Level {
    const LEVELS: [Level; 5] = [Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Critical];
    LEVELS[(value.clamp(0.0, 1.0) * 4.0).round() as usize]
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "information",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Critical => "critical",
    }
}

fn clock(facts: &Facts) -> String {
    format!("{:02}:{:02} UTC", facts.minute_of_day / 60, facts.minute_of_day % 60)
}

fn weekday(facts: &Facts) -> &'static str {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    DAYS[facts.weekday as usize]
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 1.0 { "less than 1%".into() } else { format!("{percent:.0}%") }
}

fn duration(millis: f64) -> String {
    if millis < 10_000.0 {
        format!("{} ms", grouped(millis.round() as u64))
    } else {
        format!("{} s", grouped((millis / 1000.0).round() as u64))
    }
}

fn size(bytes: f64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut amount = bytes;
    let mut unit = 0;
    while amount >= 1000.0 && unit + 1 < UNITS.len() {
        amount /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && amount < 10.0);
    format!("{amount:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::event::rows;

    /// Reasons of an event when the model expected the row of another message.
    fn check(message: &str, like: &str, expected: &[(&str, &str)]) {
        let event = |message: &str| -> Event {
            let json = serde_json::json!({"timestamp": "2026-03-01T03:12:00Z", "hostname": "h", "source": "s", "os_type": "Linux",
                "level": "INFO", "message": message, "collector": "c"});
            serde_json::from_value(json).unwrap()
        };
        let mut manifest = crate::Engine::shipped().unwrap().manifest().clone();
        manifest.normalisation.factors = vec![1.0; WIDTH];
        manifest.calibration.feature_errors = vec![0.0; WIDTH];
        let found = reasons(&event(message), &rows([&event(message)]), &rows([&event(like)]), &manifest);
        let found: Vec<(&str, &str)> = found.iter().map(|reason| (reason.code.as_str(), reason.text.as_str())).collect();
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn the_strongest_reason_comes_first_with_its_number() {
        check(
            "done in 600000 ms",
            "done in 100000 ms",
            &[("response_time", "Tells of 600 s that something took; in events like this it is about 100 s")],
        );
        check(
            "GET /a?q=union%20select",
            "GET /a?q=unicorn%20herds",
            &[("attack_words", "Message holds what is known from attacks: `union select`")],
        );
        check("sent 48 GB to x", "sent 20 kB to x", &[("data_size", "Speaks of 48 GB of data; events like this of about 20 kB")]);
    }

    #[test]
    fn what_is_missing_is_no_reason_and_there_is_always_one() {
        let combination = "No single part stands out; the combination is unlike the events the model was trained on";
        check("error", "house", &[("trouble_words", "Message speaks of trouble: `error`")]);
        check("house", "error", &[("combination", combination)]);
    }

    #[test]
    fn a_time_is_a_reason_only_where_another_was_expected() {
        let event = |minute_of_day: u32| -> Facts {
            let timestamp = radar_types::Timestamp::from_civil(2026, 3, 3, i64::from(minute_of_day) * 60_000).unwrap().to_string();
            let json = serde_json::json!({"timestamp": timestamp, "hostname": "h", "source": "s", "os_type": "Linux",
                "level": "INFO", "message": "m", "collector": "c"});
            Facts::of(&Subject::of(&serde_json::from_value(json).unwrap()))
        };
        // Noon is straight down the circle, midnight straight up, and (0.5, 0.5) its middle.
        for (minute_of_day, (sin, cos), expected) in [
            (185, (0.5, 0.0), Some("Written at 03:05 UTC on a Tuesday; events like this mostly around 12:00")),
            (601, (0.5, 0.0), None),
            (1430, (0.5, 1.0), None),
            (185, (0.5, 0.5), None),
        ] {
            assert_eq!(time(&event(minute_of_day), sin, cos).as_deref(), expected, "{minute_of_day} {sin} {cos}");
        }
    }

    #[test]
    fn numbers_are_readable() {
        for (bytes, text) in [(12.0, "12 bytes"), (1234.0, "1.2 kB"), (48e9, "48 GB"), (5e15, "5000 TB")] {
            assert_eq!(size(bytes), text);
        }
        for (share_of_all, text) in [(0.0, "0%"), (0.004, "less than 1%"), (0.126, "13%")] {
            assert_eq!(percent(share_of_all), text);
        }
    }
}
