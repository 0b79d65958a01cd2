//! What wrote an input, told by its beginning.

use super::lines::{self, sample_lines};
use super::reader::{Layout, Options, Shape};
use super::time::{Clock, Order};
use super::wrapped::{self, Wrapping};
use super::{Format, access, evtx, haproxy, json, service, syslog, table, text, w3c, xml};

/// How the records of an input are read whose beginning is `sample`.
pub(super) fn layout(sample: &[u8], options: &Options) -> Layout {
    let order = Order::of(sample_lines(sample), options.now);
    let clock = Clock::new(options.now, order);
    let format = options.format.unwrap_or_else(|| format(sample, &clock));
    let shape = match format {
        Format::JsonLines => Shape::JsonLines(clock),
        Format::Json => Shape::Json(clock),
        Format::Table => Shape::Table(table::Shape::of(sample, options.now)),
        Format::Evtx => Shape::Evtx(clock),
        Format::WindowsXml => Shape::WindowsXml(clock),
        Format::Access | Format::Service | Format::Syslog | Format::Syslog5424 | Format::W3c | Format::HaProxy | Format::Text => {
            Shape::Lines(lines::Shape::of(sample, order, &clock))
        }
    };
    Layout { format, now: options.now, shape }
}

/// The formats that tell themselves by how they begin come first; among those of lines that one is
/// taken which most lines have.
fn format(sample: &[u8], clock: &Clock) -> Format {
    type Sniff = fn(&[u8]) -> bool;
    const SNIFFS: [(Format, Sniff); 5] = [
        (Format::Evtx, evtx::sniff),
        (Format::W3c, w3c::sniff),
        (Format::WindowsXml, xml::sniff),
        (Format::JsonLines, json::sniff_lines),
        (Format::Json, json::sniff),
    ];
    if let Some((format, _)) = SNIFFS.iter().find(|(_, sniff)| sniff(sample)) {
        return *format;
    }
    // What is wrapped is read inside of its wrapping.
    if Wrapping::of(sample_lines(sample)) != Wrapping::Nothing {
        return Format::Text;
    }
    match of_lines(sample, clock) {
        Format::Text if table::sniff(sample) => Format::Table,
        format => format,
    }
}

fn of_lines(sample: &[u8], clock: &Clock) -> Format {
    type Test = fn(&str, &Clock) -> bool;
    // The more particular ones come before those that would read their lines as well.
    const TESTS: [(Format, Test); 5] = [
        (Format::Access, |line, clock| wrapped::stream(line, clock).is_none() && access::record(line, clock).is_some()),
        (Format::HaProxy, haproxy::is_connection),
        (Format::Service, |line, clock| service::record(line, clock).is_some()),
        (Format::Syslog5424, syslog::is_rfc5424),
        (Format::Syslog, |line, clock| syslog::record(line, clock).is_some()),
    ];
    let mut counts = [0_usize; TESTS.len()];
    let mut lines = 0;
    for line in sample_lines(sample).filter(|line| !line[0].is_ascii_whitespace()) {
        lines += 1;
        let line = if line.contains(&0x1b) { text::cleaned(line).into() } else { text::decoded(line) };
        if let Some(index) = TESTS.iter().position(|(_, test)| test(&line, clock)) {
            counts[index] += 1;
        }
    }
    let best = counts.iter().max().copied().unwrap_or(0);
    match counts.iter().position(|count| *count == best) {
        // Foreign lines are read as what they are, so a third is enough.
        Some(index) if best > 0 && best * 3 >= lines => TESTS[index].0,
        _ => Format::Text,
    }
}
