//! A writer of Windows event log files, as small as reading needs it: one chunk, every element
//! written out, no templates and no checksums.

const HEADER_BYTES: usize = 4096;
const CHUNK_BYTES: usize = 64 << 10;
const CHUNK_HEADER_BYTES: usize = 512;
const NO_CHECKSUM: u8 = 4;
/// 2026-11-03T12:00:01Z in tenths of microseconds since 1601.
const FILETIME: u64 = 134_081_532_010_000_000;

/// An element of an event.
pub(super) struct Element {
    name: &'static str,
    attributes: &'static [(&'static str, &'static str)],
    text: &'static str,
    children: &'static [Element],
}

const fn text(name: &'static str, text: &'static str) -> Element {
    Element { name, attributes: &[], text, children: &[] }
}

const fn data(name: &'static [(&'static str, &'static str)], text: &'static str) -> Element {
    Element { name: "Data", attributes: name, text, children: &[] }
}

const fn parent(name: &'static str, children: &'static [Element]) -> Element {
    Element { name, attributes: &[], text: "", children }
}

const fn attributes(name: &'static str, attributes: &'static [(&'static str, &'static str)]) -> Element {
    Element { name, attributes, text: "", children: &[] }
}

pub(super) const FIRST: Element = parent(
    "Event",
    &[
        parent(
            "System",
            &[
                attributes("Provider", &[("Name", "Microsoft-Windows-Security-Auditing")]),
                text("EventID", "4625"),
                text("Level", "0"),
                text("Keywords", "0x8010000000000000"),
                attributes("TimeCreated", &[("SystemTime", "2026-11-03T12:00:01.500000Z")]),
                text("EventRecordID", "1"),
                text("Channel", "Security"),
                text("Computer", "desk-4.example.com"),
            ],
        ),
        parent(
            "EventData",
            &[
                data(&[("Name", "TargetUserName")], "eve"),
                data(&[("Name", "IpAddress")], "192.0.2.9"),
                data(&[("Name", "Note")], "\"\u{e9}\" <\u{1f600}>"),
            ],
        ),
    ],
);

pub(super) const SECOND: Element = parent(
    "Event",
    &[
        parent(
            "System",
            &[
                attributes("Provider", &[("Name", "Shop")]),
                Element { name: "EventID", attributes: &[("Qualifiers", "16384")], text: "7", children: &[] },
                text("Level", "2"),
                attributes("TimeCreated", &[("SystemTime", "2026-11-03T12:00:02Z")]),
                text("EventRecordID", "2"),
                text("Channel", "Application"),
                text("Computer", "desk-4.example.com"),
            ],
        ),
        parent("EventData", &[data(&[], "one"), data(&[], "two")]),
    ],
);

pub(super) fn file(events: &[Element]) -> Vec<u8> {
    let mut chunk = vec![0; CHUNK_HEADER_BYTES];
    let mut last = 0;
    for (id, event) in (1_u64..).zip(events) {
        last = chunk.len();
        write_record(id, event, &mut chunk);
    }
    let end = chunk.len();
    chunk.resize(CHUNK_BYTES, 0);
    let count = events.len() as u64;
    chunk[..8].copy_from_slice(b"ElfChnk\0");
    for (at, number) in [(8, 1), (16, count), (24, 1), (32, count)] {
        chunk[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
    for (at, number) in [(40, 128), (44, last as u32), (48, end as u32)] {
        chunk[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
    chunk[120] = NO_CHECKSUM;

    let mut file = vec![0; HEADER_BYTES];
    file[..8].copy_from_slice(b"ElfFile\0");
    file[24..32].copy_from_slice(&(count + 1).to_le_bytes());
    file[32] = 128;
    file[36] = 1;
    file[38] = 3;
    file[40..42].copy_from_slice(&(HEADER_BYTES as u16).to_le_bytes());
    file[42] = 1;
    file[120] = NO_CHECKSUM;
    [file, chunk].concat()
}

/// The second of three events has a token that means nothing, and a chunk is cut off.
pub(super) fn with_damage() -> Vec<u8> {
    let mut bytes = file(&[FIRST, SECOND, FIRST]);
    let chunk = HEADER_BYTES + CHUNK_HEADER_BYTES;
    let second = chunk + u32::from_le_bytes(bytes[chunk + 4..chunk + 8].try_into().unwrap()) as usize;
    bytes[second + 24 + 4] = 0x7f;
    let cut = bytes[HEADER_BYTES..HEADER_BYTES + 1000].to_vec();
    bytes.extend(cut);
    bytes
}

fn write_record(id: u64, event: &Element, chunk: &mut Vec<u8>) {
    let start = chunk.len();
    chunk.extend(b"**\0\0\0\0\0\0");
    chunk.extend(id.to_le_bytes());
    chunk.extend(FILETIME.to_le_bytes());
    chunk.extend([0x0f, 1, 1, 0]);
    write_element(event, chunk);
    chunk.push(0);
    let bytes = (chunk.len() + 4 - start) as u32;
    chunk.extend(bytes.to_le_bytes());
    chunk[start + 4..start + 8].copy_from_slice(&bytes.to_le_bytes());
}

fn write_element(element: &Element, chunk: &mut Vec<u8>) {
    let has_attributes = !element.attributes.is_empty();
    chunk.push(if has_attributes { 0x41 } else { 0x01 });
    chunk.extend(0_u32.to_le_bytes());
    write_name(element.name, chunk);
    if has_attributes {
        chunk.extend(0_u32.to_le_bytes());
    }
    for (index, (name, value)) in element.attributes.iter().enumerate() {
        chunk.push(if index + 1 < element.attributes.len() { 0x46 } else { 0x06 });
        write_name(name, chunk);
        write_text(value, chunk);
    }
    if element.text.is_empty() && element.children.is_empty() {
        chunk.push(0x03);
        return;
    }
    chunk.push(0x02);
    if !element.text.is_empty() {
        write_text(element.text, chunk);
    }
    element.children.iter().for_each(|child| write_element(child, chunk));
    chunk.push(0x04);
}

/// A name stands where it is first used, and here that is everywhere.
fn write_name(name: &str, chunk: &mut Vec<u8>) {
    let at = chunk.len() as u32 + 4;
    chunk.extend(at.to_le_bytes());
    chunk.extend([0; 6]);
    write_units(name, chunk);
    chunk.extend([0; 2]);
}

fn write_text(text: &str, chunk: &mut Vec<u8>) {
    chunk.extend([0x05, 0x01]);
    write_units(text, chunk);
}

fn write_units(text: &str, chunk: &mut Vec<u8>) {
    let units: Vec<u16> = text.encode_utf16().collect();
    chunk.extend((units.len() as u16).to_le_bytes());
    units.into_iter().for_each(|unit| chunk.extend(unit.to_le_bytes()));
}
