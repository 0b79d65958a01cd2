//! Windows events as XML: what the Event Viewer and `wevtutil` export, with or without a root around
//! the events, on one line each or on many.
//!
//! An input is cut where events end, so a broken one costs only itself. Documents cannot define
//! entities here, so none can expand; a document type, an unknown entity, and elements deeper than
//! any provider nests them are refused.

use std::borrow::Cow;

use memchr::{memchr_iter, memmem};
use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};

use super::assemble::{Assembler, FIELDS_MAX, NAME_BYTES_MAX, Pairs};
use super::reader::{RECORD_BYTES_MAX, overlong};
use super::text::decoded;
use super::time::Clock;
use super::{Record, Records, Reject, windows_event};
use crate::parse::reject::excerpt;

const EVENT_START: &[u8] = b"<Event";
const EVENT_END: &[u8] = b"</Event>";
const DEPTH_MAX: usize = 64;

pub(super) fn sniff(sample: &[u8]) -> bool {
    sample.trim_ascii_start().starts_with(b"<") && event_start(sample).is_some() && memmem::find(sample, b"<System").is_some()
}

/// Where the first event begins. `<Events` and `<EventData` begin alike.
fn event_start(bytes: &[u8]) -> Option<usize> {
    let ends_name = |at: &usize| matches!(bytes.get(at + EVENT_START.len()), Some(b' ' | b'>' | b'\t' | b'\r' | b'\n'));
    memmem::find_iter(bytes, EVENT_START).find(ends_name)
}

/// The length of the whole events that a window begins with.
pub(super) fn cut(window: &[u8]) -> usize {
    memmem::rfind(window, EVENT_END).map_or(0, |at| at + EVENT_END.len())
}

pub(super) fn records<'a>(bytes: &'a [u8], first_line: u64, clock: Clock, out: &mut Records<'a>) {
    let mut assembler = Assembler::new(clock);
    let (mut at, mut line) = (0, first_line);
    let mut end = 0;
    while let Some(start) = event_start(&bytes[at..]).map(|start| at + start) {
        line += memchr_iter(b'\n', &bytes[at..start]).count() as u64;
        // Many may begin before the first one ends, which is looked for once.
        if end <= start {
            end = memmem::find(&bytes[start..], EVENT_END).map_or(bytes.len(), |end| start + end + EVENT_END.len());
        }
        // An event that does not end would swallow the next one.
        let next = event_start(&bytes[start + 1..end]).map_or(end, |next| start + 1 + next);
        let event = &bytes[start..next];
        if event.len() > RECORD_BYTES_MAX {
            out.rejects.push(overlong(line));
        } else {
            push(event, line, &mut assembler, out);
        }
        line += memchr_iter(b'\n', event).count() as u64;
        at = next;
    }
    let rest = bytes[at..].trim_ascii();
    if !rest.is_empty() && !rest.starts_with(b"<") {
        out.rejects.push(Reject { line, expected: "an event".into(), found: excerpt(&decoded(&rest[..rest.len().min(512)])) });
    }
}

fn push<'a>(bytes: &'a [u8], line: u64, assembler: &mut Assembler<'a>, out: &mut Records<'a>) {
    let read: Result<Record<'a>, String> = match std::str::from_utf8(bytes) {
        Ok(text) => event(text).map(|parts| parts.into_record(line, assembler)),
        Err(_) => {
            let text = decoded(bytes);
            event(&text).map(|parts| parts.into_record(line, &mut assembler.fresh()).into_owned())
        }
    };
    match read {
        Ok(record) => out.records.push(record),
        Err(found) => out.rejects.push(Reject { line, expected: "a whole event".into(), found: excerpt(&found) }),
    }
}

/// What was read of an event.
#[derive(Default)]
struct Parts<'a> {
    pairs: Pairs<'a>,
    /// Where the pairs of its provider begin and end.
    data: std::ops::Range<usize>,
    /// The names of the open elements.
    open: Vec<Cow<'a, str>>,
    text: String,
    /// The name of a `Data` element says what its text is.
    data_name: Option<Cow<'a, str>>,
}

fn event(text: &str) -> Result<Parts<'_>, String> {
    let mut reader = Reader::from_str(text);
    let mut parts = Parts::default();
    loop {
        let read = reader.read_event().map_err(|error| format!("{error} at byte {}", reader.error_position()))?;
        match read {
            Event::Start(start) => parts.start(&start)?,
            Event::Empty(start) => {
                parts.start(&start)?;
                parts.end();
            }
            Event::End(_) => parts.end(),
            Event::Text(text) => parts.text.push_str(&text.into_inner()),
            Event::CData(text) => parts.text.push_str(&text.into_inner()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|error| error.to_string())? {
                Some(character) => parts.text.push(character),
                None => {
                    let name = reference.into_inner();
                    parts.text.push_str(resolve_predefined_entity(&name).ok_or_else(|| format!("the unknown entity '{name}'"))?);
                }
            },
            Event::DocType(_) => return Err("a document type".into()),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof if parts.open.is_empty() => return Ok(parts),
            Event::Eof => return Err("its end too early".into()),
        }
    }
}

impl<'a> Parts<'a> {
    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        if self.open.len() == DEPTH_MAX {
            return Err(format!("more than {DEPTH_MAX} elements inside each other"));
        }
        let name = element.local_name();
        let name: &str = name.as_ref();
        if self.open.len() == 1 && matches!(name, "EventData" | "UserData") {
            self.data.start = self.pairs.len();
        }
        self.open.push(Cow::Owned(name.to_owned()));
        self.text.clear();
        self.data_name = None;
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let key: &str = attribute.key.local_name().into_inner();
            let value = unescape(&attribute.value).map_err(|error| error.to_string())?.into_owned();
            if name == "Data" && key == "Name" {
                self.data_name = Some(value.into());
            } else if self.open.len() > 1 && !attribute.key.as_ref().starts_with("xmlns") && !self.is_rendering() {
                let parent = Cow::Owned(name.to_owned());
                self.push(windows_event::name(&parent, key.to_owned().into()), value);
            }
        }
        Ok(())
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        let is_rendering = self.is_rendering();
        let Some(element) = self.open.pop() else { return };
        if !text.trim_ascii().is_empty() {
            match &*element {
                // The words of a level say more than its number.
                "Level" if is_rendering => match self.pairs.iter_mut().find(|(name, _)| name == "Level") {
                    Some((_, level)) => *level = text.into(),
                    None => self.push(element.clone(), text),
                },
                "Message" if is_rendering => self.push(element.clone(), text),
                name if is_rendering => self.push(format!("RenderingInfo.{name}").into(), text),
                _ => {
                    let name = self.data_name.take().unwrap_or(element.clone());
                    self.push(name, text);
                }
            }
        }
        self.data_name = None;
        if self.open.len() == 1 && matches!(&*element, "EventData" | "UserData") {
            self.data.end = self.pairs.len();
        }
    }

    fn is_rendering(&self) -> bool {
        self.open.get(1).is_some_and(|name| name == "RenderingInfo")
    }

    fn push(&mut self, name: Cow<'a, str>, value: String) {
        if self.pairs.len() < FIELDS_MAX && name.len() <= NAME_BYTES_MAX && !name.is_empty() {
            self.pairs.push((name, value.into()));
        }
    }

    fn into_record(self, line: u64, assembler: &mut Assembler<'a>) -> Record<'a> {
        windows_event::record(line, self.pairs, self.data, assembler)
    }
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
