//! What wrote an input, told by its beginning.

use super::reader::{Layout, Options, Shape};
use super::{Format, lines};

/// How the records of an input are read whose beginning is `sample`.
pub(super) fn layout(sample: &[u8], options: &Options) -> Layout {
    let format = options.format.unwrap_or_else(|| format(sample));
    let shape = match format {
        Format::JsonLines | Format::Json | Format::Table | Format::Evtx | Format::WindowsXml => Shape::Free,
        Format::Access | Format::Service | Format::Syslog | Format::Syslog5424 | Format::W3c | Format::HaProxy | Format::Text => {
            Shape::Lines(lines::Shape::of(sample))
        }
    };
    Layout { format, now: options.now, shape }
}

fn format(_sample: &[u8]) -> Format {
    Format::Text
}
