//! Event logs made up for tests, down to their bytes.

use super::super::evtx_json::file_header;
use super::*;

pub(super) enum Made {
    /// A kind and bytes.
    Value(u8, Vec<u8>),
    /// A template with its values.
    Inner(fn(&mut Log), Vec<Made>),
}

pub(super) fn text(text: &str) -> Made {
    Made::Value(0x01, utf16(text))
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A file with one chunk.
pub(super) struct Log {
    chunk: Vec<u8>,
    last_id: u64,
    /// Of the last template.
    place: u32,
}

impl Log {
    pub(super) fn new() -> Self {
        let mut chunk = CHUNK_MAGIC.to_vec();
        chunk.resize(512, 0);
        Self { chunk, last_id: 0, place: 0 }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let end = (self.chunk.len() as u32).to_le_bytes();
        self.chunk[24..32].copy_from_slice(&1_u64.to_le_bytes());
        self.chunk[32..40].copy_from_slice(&self.last_id.to_le_bytes());
        self.chunk[48..52].copy_from_slice(&end);
        self.chunk.resize(CHUNK_BYTES, 0);
        [&file_header()[..], &self.chunk].concat()
    }

    pub(super) fn record(&mut self, template: fn(&mut Log), values: &[Made]) {
        self.framed(|log| log.instance(template, values));
    }

    /// A record of the last template, which is not written again. Says whether there was room for it.
    pub(super) fn another(&mut self, values: &[Made]) -> bool {
        let start = self.chunk.len();
        self.framed(|log| {
            log.put(&[0x0f, 1, 1, 0, 0x0c, 1, 7, 0, 0, 0]);
            log.put(&log.place.to_le_bytes());
            log.values(values);
        });
        let is_room = self.chunk.len() <= CHUNK_BYTES;
        if !is_room {
            self.chunk.truncate(start);
            self.last_id -= 1;
        }
        is_room
    }

    fn framed(&mut self, inside: impl FnOnce(&mut Self)) {
        let start = self.chunk.len();
        self.last_id += 1;
        self.put(b"**\0\0\0\0\0\0");
        self.put(&self.last_id.to_le_bytes());
        self.put(&132_800_000_000_000_000_u64.to_le_bytes());
        inside(self);
        self.put(&[0]);
        let length = ((self.chunk.len() - start + 4) as u32).to_le_bytes();
        self.put(&length);
        self.chunk[start + 4..start + 8].copy_from_slice(&length);
    }

    fn instance(&mut self, template: fn(&mut Log), values: &[Made]) {
        self.put(&[0x0f, 1, 1, 0, 0x0c, 1, 7, 0, 0, 0]);
        let place = self.chunk.len() as u32 + 4;
        self.place = place;
        self.put(&place.to_le_bytes());
        self.put(&[0; 24]);
        let start = self.chunk.len();
        self.put(&[0x0f, 1, 1, 0]);
        template(self);
        self.put(&[0]);
        let length = ((self.chunk.len() - start) as u32).to_le_bytes();
        self.chunk[start - 4..start].copy_from_slice(&length);
        self.values(values);
    }

    fn values(&mut self, values: &[Made]) {
        self.put(&(values.len() as u32).to_le_bytes());
        let lengths = self.chunk.len();
        self.chunk.resize(lengths + 4 * values.len(), 0);
        for (index, value) in values.iter().enumerate() {
            let start = self.chunk.len();
            let kind = match value {
                Made::Value(kind, bytes) => {
                    self.put(bytes);
                    *kind
                }
                Made::Inner(template, values) => {
                    self.instance(*template, values);
                    self.put(&[0]);
                    0x21
                }
            };
            let length = ((self.chunk.len() - start) as u16).to_le_bytes();
            self.chunk[lengths + 4 * index..lengths + 4 * index + 3].copy_from_slice(&[length[0], length[1], kind]);
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.chunk.extend_from_slice(bytes);
    }

    fn name(&mut self, name: &str) {
        let place = self.chunk.len() as u32 + 4;
        self.put(&place.to_le_bytes());
        self.put(&[0; 6]);
        self.put(&(name.encode_utf16().count() as u16).to_le_bytes());
        self.put(&utf16(name));
        self.put(&[0; 2]);
    }

    /// Attributes and content are texts, or `%3` for the third value and `%3?` for one that an element depends on.
    pub(super) fn element(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        self.dependent(name, None, attributes, inside);
    }

    pub(super) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], content: &str) {
        let dependency = content.strip_suffix('?').and_then(|hole| hole[1..].parse().ok());
        self.dependent(name, dependency, attributes, |log| log.content(content.trim_end_matches('?')));
    }

    pub(super) fn dependent(
        &mut self,
        name: &str,
        dependency: Option<u16>,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.put(&[if attributes.is_empty() { 0x01 } else { 0x41 }]);
        self.put(&dependency.unwrap_or(0xffff).to_le_bytes());
        self.put(&[0; 4]);
        self.name(name);
        if !attributes.is_empty() {
            self.put(&[0; 4]);
        }
        for (name, value) in attributes {
            self.put(&[0x06]);
            self.name(name);
            self.content(value);
        }
        self.put(&[0x02]);
        inside(self);
        self.put(&[0x04]);
    }

    pub(super) fn content(&mut self, content: &str) {
        if let Some(hole) = content.strip_prefix('%') {
            self.put(&[0x0d]);
            self.put(&hole.parse::<u16>().unwrap_or_default().to_le_bytes());
            self.put(&[0x01]);
        } else if !content.is_empty() {
            self.put(&[0x05, 0x01]);
            self.put(&(content.encode_utf16().count() as u16).to_le_bytes());
            self.put(&utf16(content));
        }
    }
}

/// `%0` to `%3` of the system's part, which every event has.
pub(super) fn system(log: &mut Log) {
    log.element("System", &[], |log| {
        log.element("Provider", &[("Name", "Made-Up"), ("Guid", "%3")], |_| {});
        log.leaf("EventID", &[("Qualifiers", "%2")], "%0?");
        log.leaf("Level", &[], "4");
        log.leaf("Keywords", &[], "0x8020000000000000");
        log.element("TimeCreated", &[("SystemTime", "%1")], |_| {});
        log.leaf("Channel", &[], "Security");
        log.leaf("Computer", &[], "host.example");
    });
}

pub(super) fn system_values() -> Vec<Made> {
    vec![
        Made::Value(0x06, 4624_u16.to_le_bytes().to_vec()),
        Made::Value(0x11, 132_800_000_012_345_678_u64.to_le_bytes().to_vec()),
        Made::Value(0x00, Vec::new()),
        Made::Value(0x0f, (0..16).collect()),
    ]
}

pub(super) fn event(log: &mut Log, inside: impl FnOnce(&mut Log)) {
    let xmlns = [("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event")];
    log.element("Event", &xmlns, |log| {
        system(log);
        inside(log);
    });
}
