//! What speaks for an event being new: how many bits each sign counts, and the sentence that says so.
//!
//! A stream forgets, so no sentence says "never": it says of how many remembered events.

use radar_types::{Reason, grouped};

use super::entity::{HOST, HOUR, NETWORK, SOURCE, TEMPLATE, USER};
use crate::analyze::shown;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Evidence<'a> {
    pub(super) bits: f32,
    pub(super) what: What<'a>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What<'a> {
    /// A message, source, host, user or network that is not known or hardly.
    Thing {
        thing: usize,
        name: &'a str,
        count: u64,
        events: u64,
    },
    Word {
        word: &'a str,
    },
    /// Known things that were not seen together.
    Pair {
        thing: usize,
        name: &'a str,
        hour: i64,
        owner: &'static str,
        owner_name: &'a str,
        events: u64,
    },
    Value {
        text: &'a str,
        sights: u64,
    },
    Far {
        text: &'a str,
        usual: f64,
        spreads: f32,
    },
    Burst {
        owner: &'static str,
        owner_name: &'a str,
        count: u32,
        peak: f32,
    },
}

/// What each further sign adds to the first, strongest first: what is new is new in several ways.
const SHARES: [f32; 5] = [1.0, 0.5, 0.3, 0.2, 0.1];
/// Signs below say nothing to people.
const REASON_BITS_MIN: f32 = 1.0;
const REASONS_MAX: usize = 4;

/// Sorts the signs, strongest first, and adds them up.
pub(super) fn total(signs: &mut [Evidence<'_>]) -> f32 {
    signs.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    signs.iter().zip(SHARES).map(|(sign, share)| sign.bits.max(0.0) * share).sum()
}

/// The sentences of sorted signs; never none where there is a sign.
pub(super) fn reasons(signs: &[Evidence<'_>]) -> Vec<Reason> {
    let strong = signs.iter().enumerate().filter(|(rank, sign)| *rank == 0 || sign.bits >= REASON_BITS_MIN);
    strong.take(REASONS_MAX).map(|(_, sign)| sign.what.reason()).collect()
}

impl What<'_> {
    fn reason(&self) -> Reason {
        let (code, text) = match self {
            Self::Thing { thing: TEMPLATE, count: 0, events, .. } => {
                ("new_template", format!("No message of this kind is among {} remembered events", grouped(*events)))
            }
            Self::Thing { thing: TEMPLATE, count, events, .. } => {
                let (count, events) = (grouped(*count), grouped(*events));
                ("rare_template", format!("Messages of this kind are {count} of {events} remembered events"))
            }
            Self::Thing { thing, name, count: 0, events } => {
                let (code, what) = named(*thing, "new_source", "new_host", "new_user", "new_network");
                (code, format!("{what} `{}` is in none of {} remembered events", shown(name), grouped(*events)))
            }
            Self::Thing { thing, name, count, events } => {
                let (code, what) = named(*thing, "rare_source", "rare_host", "rare_user", "rare_network");
                let (count, events) = (grouped(*count), grouped(*events));
                (code, format!("{what} `{}` is in {count} of {events} remembered events", shown(name)))
            }
            Self::Word { word } => ("new_word", format!("The word `{}` is in no remembered message", shown(word))),
            Self::Pair { thing: TEMPLATE, owner, owner_name, events, .. } => (
                "new_together",
                format!("No message of this kind is remembered of {owner} `{}`, in {} events", shown(owner_name), grouped(*events)),
            ),
            Self::Pair { thing: HOUR, hour, owner, owner_name, events, .. } => (
                "unusual_hour",
                format!(
                    "None of {} remembered events of {owner} `{}` is from between {hour:02}:00 and {hour:02}:59 UTC",
                    grouped(*events),
                    shown(owner_name)
                ),
            ),
            Self::Pair { thing, name, owner, owner_name, events, .. } => {
                let (_, what) = named(*thing, "", "", "", "");
                let (name, owner_name, events) = (shown(name), shown(owner_name), grouped(*events));
                ("new_together", format!("{what} `{name}` is in none of {events} remembered events of {owner} `{owner_name}`"))
            }
            Self::Value { text, sights } => {
                ("new_value", format!("`{}` was not seen in its place in {} events", shown(text), grouped(*sights)))
            }
            Self::Far { text, usual, spreads } => {
                let usual = if *usual < 10.0 { format!("{usual:.1}") } else { grouped(usual.round() as u64) };
                ("far_number", format!("`{}` is {spreads:.0} spreads from the usual {usual} in its place", shown(text)))
            }
            Self::Burst { owner: "", count, peak, .. } => (
                "burst",
                format!("{} messages of this kind in one minute, where {peak:.0} were the most", grouped((*count).into())),
            ),
            Self::Burst { owner, owner_name, count, peak } => {
                let (count, owner_name) = (grouped((*count).into()), shown(owner_name));
                ("burst", format!("{count} events of {owner} `{owner_name}` in one minute, where {peak:.0} were the most"))
            }
        };
        Reason { code: code.to_owned(), text }
    }
}

fn named(
    thing: usize,
    source: &'static str,
    host: &'static str,
    user: &'static str,
    network: &'static str,
) -> (&'static str, &'static str) {
    match thing {
        SOURCE => (source, "Source"),
        HOST => (host, "Host"),
        USER => (user, "User"),
        NETWORK => (network, "The network of address"),
        _ => ("new_thing", "The value"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(what: What<'_>, code: &str, text: &str) {
        let reason = what.reason();
        assert_eq!((reason.code.as_str(), reason.text.as_str()), (code, text));
    }

    #[test]
    fn a_reason_says_its_number() {
        let thing = |thing, count| What::Thing { thing, name: "mallory", count, events: 41_200 };
        check(thing(TEMPLATE, 0), "new_template", "No message of this kind is among 41,200 remembered events");
        check(thing(USER, 0), "new_user", "User `mallory` is in none of 41,200 remembered events");
        check(thing(HOST, 3), "rare_host", "Host `mallory` is in 3 of 41,200 remembered events");
        let pair = |thing| What::Pair { thing, name: "ann", hour: 3, owner: "host", owner_name: "DC-01", events: 1204 };
        check(pair(USER), "new_together", "User `ann` is in none of 1,204 remembered events of host `DC-01`");
        check(pair(TEMPLATE), "new_together", "No message of this kind is remembered of host `DC-01`, in 1,204 events");
        let hour = "None of 1,204 remembered events of host `DC-01` is from between 03:00 and 03:59 UTC";
        check(pair(HOUR), "unusual_hour", hour);
        let burst = What::Burst { owner: "address", owner_name: "10.0.0.7", count: 80, peak: 12.0 };
        check(burst, "burst", "80 events of address `10.0.0.7` in one minute, where 12 were the most");
        let far = What::Far { text: "48MB", usual: 20_480.4, spreads: 31.2 };
        check(far, "far_number", "`48MB` is 31 spreads from the usual 20,480 in its place");
    }

    #[test]
    fn the_strongest_sign_counts_in_full_and_comes_first() {
        let sign = |bits: f32, word| Evidence { bits, what: What::Word { word } };
        let mut signs = [sign(2.0, "a"), sign(4.0, "b"), sign(-1.0, "c")];
        assert!((total(&mut signs) - 5.0).abs() < 1e-6);
        let told: Vec<String> = reasons(&signs).into_iter().map(|reason| reason.text).collect();
        assert_eq!(told, ["The word `b` is in no remembered message", "The word `a` is in no remembered message"]);
    }
}
