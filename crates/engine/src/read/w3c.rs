//! Logs with their columns in a `#Fields:` line, as IIS writes them. The columns may change in
//! mid-file, and the date may stand in a `#Date:` line alone.

use std::borrow::Cow;

use memchr::memchr_iter;

use super::time::{Clock, Order};
use super::{Http, Record};
use radar_types::Timestamp;

const COLUMNS_MAX: usize = 128;
const DATE_BYTES: usize = 10;

/// The directives in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    columns: Vec<String>,
    date: String,
    /// Some programs write the time of their place, and say so.
    is_local: bool,
}

impl Header {
    /// Takes a directive in.
    pub(super) fn read(&mut self, line: &str) {
        if let Some(columns) = line.strip_prefix("#Fields:") {
            self.columns = columns.split_ascii_whitespace().take(COLUMNS_MAX).map(str::to_string).collect();
        } else if let Some(date) = line.strip_prefix("#Date:") {
            self.date = date.trim().chars().take(DATE_BYTES).collect();
        } else if let Some(format) = line.strip_prefix("#Time Format:") {
            self.is_local = format.trim().eq_ignore_ascii_case("local");
        }
    }
}

/// Whether a sample has the directives of this format at its beginning.
pub(super) fn sniff(sample: &[u8]) -> bool {
    let lines = sample.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let mut directives = lines.take(16).take_while(|line| line.starts_with(b"#"));
    directives.any(|line| line.starts_with(b"#Fields:"))
}

/// Reads a line by the columns in force, or `None` when it doesn't have their number.
pub(super) fn record<'a>(line: &'a str, header: &Header) -> Option<Record<'a>> {
    let values = values(line, header.columns.len())?;
    let mut record = Record { message: Cow::Borrowed(line), ..Record::default() };
    let mut http = Http::default();
    let (mut date, mut time, mut query) = (header.date.as_str(), "", "");
    let has_utc = header.columns.iter().any(|column| matches!(column.as_str(), "time" | "time-UTC"));
    for (column, value) in header.columns.iter().zip(values) {
        if value == "-" || value.is_empty() {
            continue;
        }
        match column.as_str() {
            "date" | "date-UTC" => date = value,
            "time" | "time-UTC" => time = value,
            "date-local" if !has_utc => date = value,
            "time-local" if !has_utc => time = value,
            "cs-method" => http.method = Cow::Borrowed(value),
            "cs-uri-stem" => http.uri = Cow::Borrowed(value),
            "cs-uri-query" => query = value,
            "cs-uri" if http.uri.is_empty() => http.uri = Cow::Borrowed(value),
            "cs-version" | "cs-protocol-version" => http.protocol = Cow::Borrowed(value),
            "sc-status" => http.status = value.parse().ok(),
            "sc-bytes" => http.bytes = value.parse().ok(),
            "cs(Referer)" => http.referrer = Some(Cow::Borrowed(value)),
            "cs(User-Agent)" => http.user_agent = Some(with_spaces(value)),
            "time-taken" | "TimeTakenMS" => http.response_millis = millis(value),
            "c-ip" | "src-ip" => record.address = Some(Cow::Borrowed(value)),
            "cs-username" => record.user = Some(Cow::Borrowed(value)),
            "s-computername" => record.hostname = Cow::Borrowed(value),
            "cs-host" | "cs(Host)" if record.hostname.is_empty() => record.hostname = Cow::Borrowed(value),
            "s-sitename" => record.source = Cow::Borrowed(value),
            _ => record.fields.push((Cow::Owned(column.clone()), Cow::Borrowed(value))),
        }
    }
    if let Some(moment) = moment(date, time) {
        record.time = Some(moment);
        record.assumed.zone = header.is_local || !has_utc;
    }
    if !http.method.is_empty() || !http.uri.is_empty() {
        if !query.is_empty() {
            http.uri = Cow::Owned(format!("{}?{query}", http.uri));
        }
        record.message = Cow::Owned([&*http.method, &*http.uri, &*http.protocol].join(" ").trim().to_string());
        record.http = Some(http);
    }
    Some(record)
}

/// As many values as there are columns. Tabs or spaces part them, and quotes hold them together.
fn values(line: &str, count: usize) -> Option<Vec<&str>> {
    if count == 0 {
        return None;
    }
    let has_tabs = line.contains('\t');
    let mut values = Vec::with_capacity(count);
    let mut rest = line;
    while !rest.is_empty() {
        if values.len() == count {
            return None;
        }
        let is_separator = |c: char| if has_tabs { c == '\t' } else { c == ' ' };
        let is_last = |at: &usize| rest[at + 1..].is_empty() || rest[at + 1..].starts_with(is_separator);
        let quoted = rest.strip_prefix('"').and_then(|_| {
            // A quote within is written twice.
            let mut pairs = 0;
            let closing = |at: &usize| {
                pairs += 1;
                pairs % 2 == 1 && is_last(at)
            };
            let end = memchr_iter(b'"', &rest.as_bytes()[1..]).map(|at| at + 1).find(closing)?;
            Some((&rest[1..end], &rest[end + 1..]))
        });
        let (value, behind) = match quoted {
            Some((value, behind)) => (value, behind.get(1..).unwrap_or_default()),
            None => rest.split_once(is_separator).unwrap_or((rest, "")),
        };
        values.push(value);
        rest = if has_tabs { behind } else { behind.trim_start_matches(' ') };
    }
    // Empty values at the end of a line of tabs may be left out.
    (values.len() == count || (has_tabs && values.len() > 1)).then_some(values)
}

fn moment(date: &str, time: &str) -> Option<Timestamp> {
    let mut text = [b' '; 48];
    let length = date.len() + 1 + time.len();
    let (front, behind) = text.get_mut(..length)?.split_at_mut(date.len());
    front.copy_from_slice(date.as_bytes());
    behind[1..].copy_from_slice(time.as_bytes());
    // The format is in UTC by its definition, so nothing is left to a clock.
    Clock::new(Timestamp::MAX, Order::default()).at(&text[..length], 0).map(|stamp| stamp.time)
}

/// Spaces are written as plus signs, which agents hardly ever have of their own.
fn with_spaces(value: &str) -> Cow<'_, str> {
    if value.contains('+') && !value.contains(' ') { Cow::Owned(value.replace('+', " ")) } else { Cow::Borrowed(value) }
}

/// Milliseconds as a whole number, seconds with a fraction.
fn millis(value: &str) -> Option<f32> {
    let number: f32 = value.parse().ok()?;
    Some(if value.contains('.') { number * 1000.0 } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(directives: &str, line: &str, expected: &str) {
        let mut header = Header::default();
        directives.lines().for_each(|directive| header.read(directive));
        let described = record(line, &header).map_or("none".into(), |record| {
            let fields: Vec<String> = record.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let http = record.http.unwrap_or_default();
            let time = record.time.map_or("-".into(), |time| time.to_string());
            format!("{time} {} {:?} {:?} {:?} {}", record.message, record.address, http.status, http.user_agent, fields.join(","))
        });
        assert_eq!(described, expected, "{line}");
    }

    #[test]
    fn columns_are_read_by_their_names() {
        check(
            "#Fields: date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status s-port",
            "2026-11-03 12:00:01 GET /a b=c 10.0.0.1 An+Agent/1.0 200 443",
            r#"2026-11-03T12:00:01.000Z GET /a?b=c Some("10.0.0.1") Some(200) Some("An Agent/1.0") s-port=443"#,
        );
        check(
            "#Date: 2026-11-03 00:00:00\n#Fields: time action",
            "12:00:01 DROP",
            r#"2026-11-03T12:00:01.000Z 12:00:01 DROP None None None action=DROP"#,
        );
        check(
            "#Fields: date-local time-local a b",
            r#"2026-11-03 12:00:01 "x "" y" "z""#,
            r#"2026-11-03T12:00:01.000Z 2026-11-03 12:00:01 "x "" y" "z" None None None a=x "" y,b=z"#,
        );
        check("#Fields: time a", "12:00:01 x", "- 12:00:01 x None None None a=x");
    }

    #[test]
    fn a_line_of_other_columns_is_refused() {
        check("#Fields: time a", "12:00:01 x y", "none");
        check("#Fields: time a", "12:00:01", "none");
        check("", "12:00:01", "none");
    }
}
