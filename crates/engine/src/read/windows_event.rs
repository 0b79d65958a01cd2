//! Windows events, whatever they were written in.
//!
//! Their files, their XML and the JSON made of either hold the same parts: what the system says of
//! the event, and what its provider does. Both become fields under the last part of their names, as
//! in `TargetUserName`.

use std::borrow::Cow;
use std::ops::Range;

use super::Record;
use super::assemble::{Assembler, NAME_BYTES_MAX, Pairs, cut};
use super::role::Known;

/// A rendered message is about as long as this, and shows so much of each value.
const MESSAGE_BYTES_MAX: usize = 4096;
const SHOWN_BYTES_MAX: usize = 256;
const AUDIT_FAILURE: u64 = 1 << 52;
const AUDIT_SUCCESS: u64 = 1 << 53;

/// The name of a value from the last two parts of its path.
pub(super) fn name<'a>(parent: &Cow<'a, str>, name: Cow<'a, str>) -> Cow<'a, str> {
    match (&**parent, &*name) {
        (_, "#attributes" | "#text") => parent.clone(),
        ("Provider", "Name") => Cow::Borrowed("Provider"),
        ("Provider", "Guid") => Cow::Borrowed("ProviderGuid"),
        ("TimeCreated", "SystemTime") => Cow::Borrowed("TimeCreated"),
        ("EventData", "Name") => Cow::Borrowed("EventName"),
        _ => name,
    }
}

/// Whether what its provider wrote of an event is below this name.
pub(super) fn is_data(name: &str) -> bool {
    matches!(name, "EventData" | "UserData" | "ProcessingErrorData")
}

/// A record of the parts of an event, of which those in `data` are its provider's.
pub(super) fn record<'a>(line: u64, pairs: Pairs<'a>, data: Range<usize>, assembler: &mut Assembler<'a>) -> Record<'a> {
    assembled(pairs, data, |pairs| assembler.record(line, "", pairs))
}

/// The same where it is known already what the names of the parts tell.
pub(super) fn record_of_known<'a>(
    line: u64,
    pairs: Pairs<'a>,
    data: Range<usize>,
    known: &[Option<Known>],
    assembler: &Assembler<'a>,
) -> Record<'a> {
    assembled(pairs, data, |pairs| assembler.record_of_known(line, pairs, known))
}

fn assembled<'a>(pairs: Pairs<'a>, data: Range<usize>, assemble: impl FnOnce(Pairs<'a>) -> Record<'a>) -> Record<'a> {
    let has_message = pairs.iter().any(|(name, value)| name == "Message" && !value.is_empty());
    let message = if has_message { String::new() } else { message(&pairs, data) };
    let audit = audit(&pairs);
    let mut record = assemble(pairs);
    if let Some(audit) = audit {
        record.level = Cow::Borrowed(audit);
    }
    if !has_message {
        record.message = Cow::Owned(message);
    }
    record.http = None;
    record
}

/// Where the text that people see was not written along.
fn message(pairs: &Pairs<'_>, data: Range<usize>) -> String {
    let value = |wanted| pairs.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| &**value);
    let data = pairs.get(data).unwrap_or_default();
    let bytes: usize = data.iter().map(|(name, value)| name.len() + value.len().min(SHOWN_BYTES_MAX) + 2).sum();
    let head_bytes = value("EventID").len() + value("Provider").len() + 16;
    let mut message = String::with_capacity(head_bytes + bytes.min(MESSAGE_BYTES_MAX + NAME_BYTES_MAX + SHOWN_BYTES_MAX));
    for part in ["EventID ", value("EventID"), " ", value("Provider"), ":"] {
        message.push_str(part);
    }
    for (name, value) in data.iter().filter(|(_, value)| !value.is_empty()) {
        if message.len() >= MESSAGE_BYTES_MAX {
            break;
        }
        let mut shown = Cow::Borrowed(&**value);
        cut(&mut shown, SHOWN_BYTES_MAX);
        message.push(' ');
        message.push_str(name);
        message.push('=');
        message.push_str(&shown);
    }
    if message.ends_with(':') {
        message.pop();
    }
    message
}

/// Audit events have no level; whether something was allowed or refused stands in their keywords.
fn audit(pairs: &Pairs<'_>) -> Option<&'static str> {
    let keywords = &pairs.iter().find(|(name, _)| name == "Keywords")?.1;
    let keywords = u64::from_str_radix(keywords.strip_prefix("0x")?, 16).ok()?;
    if keywords & AUDIT_FAILURE != 0 { Some("Audit Failure") } else { (keywords & AUDIT_SUCCESS != 0).then_some("Audit Success") }
}
