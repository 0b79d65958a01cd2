//! From named values to a record: each goes where its name says that it belongs.
//!
//! Shared by everything that is structured. Records of one input mostly carry the same names in the
//! same order, so the role of a name is remembered by its place and seldom looked up.

use std::borrow::Cow;

use super::role::{Known, Names, Role};
use super::time::Clock;
use super::{Http, Record, moment};

/// A record keeps so many fields.
pub(super) const FIELDS_MAX: usize = 256;
/// A field's value is cut to this.
pub(super) const FIELD_BYTES_MAX: usize = 4096;
/// A field with a longer name is left out.
pub(super) const NAME_BYTES_MAX: usize = 1024;

pub(super) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

pub(super) struct Assembler<'a> {
    clock: Clock,
    /// What stood at each place in the records so far.
    places: Vec<(Cow<'a, str>, Option<Known>)>,
}

/// For each role the rank and place of the value that has it.
struct Found {
    places: [Option<(u8, usize)>; Role::COUNT],
    /// Whether what is taken also stays where it was: a table shows all its columns.
    keeps_all: bool,
}

impl<'a> Assembler<'a> {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, places: Vec::new() }
    }

    /// One for records of another lifetime.
    pub(super) fn fresh<'b>(&self) -> Assembler<'b> {
        Assembler::new(self.clock)
    }

    /// `raw` is what people read when no value is a message.
    pub(super) fn record(&mut self, line: u64, raw: &'a str, pairs: Pairs<'a>) -> Record<'a> {
        let found = self.find(&pairs);
        self.assemble(line, raw, pairs, &found)
    }

    /// The same where it is known already what the names of the pairs tell.
    pub(super) fn record_of_known(&self, line: u64, pairs: Pairs<'a>, known: &[Option<Known>]) -> Record<'a> {
        let mut found = Found { places: [None; Role::COUNT], keeps_all: false };
        for (place, ((_, value), known)) in pairs.iter().zip(known).enumerate() {
            found.add(place, value, *known);
        }
        self.assemble(line, "", pairs, &found)
    }

    fn assemble(&self, line: u64, raw: &'a str, mut pairs: Pairs<'a>, found: &Found) -> Record<'a> {
        let mut record = self.with_roles(line, found, &mut pairs);
        if record.message.is_empty() {
            record.message = match &record.http {
                Some(http) => Cow::Owned(format!("{} {}", http.method, http.uri)),
                None => Cow::Borrowed(raw),
            };
        }
        // What was taken has left an empty name behind.
        pairs.retain_mut(|(name, value)| {
            cut(value, FIELD_BYTES_MAX);
            !name.is_empty()
        });
        record.fields = pairs;
        record
    }

    /// The record of a table's row. `roles` has one for each of the pairs.
    pub(super) fn row(&mut self, line: u64, raw: &'a str, mut pairs: Pairs<'a>, roles: &[Role]) -> Record<'a> {
        let mut found = Found { places: [None; Role::COUNT], keeps_all: true };
        for (place, role) in roles.iter().enumerate() {
            if found.places[*role as usize].is_none() && pairs.get(place).is_some_and(|(_, value)| !matches!(&**value, "" | "-")) {
                found.places[*role as usize] = Some((0, place));
            }
        }
        let mut record = self.with_roles(line, &found, &mut pairs);
        if record.message.is_empty() {
            record.message = Cow::Borrowed(raw);
        }
        record.fields = pairs;
        record
    }

    fn with_roles(&self, line: u64, found: &Found, pairs: &mut Pairs<'a>) -> Record<'a> {
        let mut record = Record { line, ..Record::default() };
        self.take_time(found, pairs, &mut record);
        let numbers = level_numbers(found, pairs);
        let mut take = |role| found.take(role, pairs);
        record.level = take(Role::Level).map(|level| level_name(level, numbers)).unwrap_or_default();
        record.hostname = take(Role::Host).unwrap_or_default();
        record.source = take(Role::Source).unwrap_or_default();
        record.channel = take(Role::Channel);
        record.record_id = take(Role::RecordId);
        record.message = take(Role::Message).map(without_line_end).unwrap_or_default();
        record.user = found.copy(Role::User, pairs);
        record.address = found.copy(Role::Address, pairs).map(without_port);
        record.http = http(found, pairs);
        record
    }

    fn find(&mut self, pairs: &Pairs<'a>) -> Found {
        let mut found = Found { places: [None; Role::COUNT], keeps_all: false };
        for (place, (name, value)) in pairs.iter().enumerate() {
            let known = match self.places.get(place) {
                Some((known_name, known)) if known_name == name => *known,
                _ => self.look_up(place, name.clone()),
            };
            found.add(place, value, known);
        }
        found
    }

    fn look_up(&mut self, place: usize, name: Cow<'a, str>) -> Option<Known> {
        let known = Names::get().find(&name);
        match self.places.get_mut(place) {
            Some(remembered) => *remembered = (name, known),
            None => self.places.push((name, known)),
        }
        known
    }

    /// A value that is no time stays a field, so that nothing is lost.
    fn take_time(&self, found: &Found, pairs: &mut Pairs<'a>, record: &mut Record<'a>) {
        let named = found.places[Role::Time as usize].map(|(_, place)| place);
        let time = named.and_then(|place| Some((moment::named(&pairs[place].1, &self.clock)?, Some(place))));
        let by_content = || pairs.iter().find_map(|(_, value)| moment::leading(value, &self.clock));
        let time = time.or_else(|| if found.keeps_all { None } else { Some((by_content()?, None)) });
        let Some(((time, assumed), place)) = time else { return };
        record.time = Some(time);
        record.assumed = assumed;
        if let Some(place) = place.filter(|_| !found.keeps_all) {
            pairs[place].0 = Cow::Borrowed("");
        }
    }
}

impl Found {
    fn add(&mut self, place: usize, value: &str, known: Option<Known>) {
        if let Some(Known { role, rank }) = known
            && !matches!(value, "" | "-")
            && self.places[role as usize].is_none_or(|(best, _)| rank < best)
        {
            self.places[role as usize] = Some((rank, place));
        }
    }

    fn value<'b>(&self, role: Role, pairs: &'b Pairs<'_>) -> Option<&'b str> {
        self.places[role as usize].map(|(_, place)| &*pairs[place].1)
    }

    fn take<'a>(&self, role: Role, pairs: &mut Pairs<'a>) -> Option<Cow<'a, str>> {
        let (name, value) = &mut pairs[self.places[role as usize]?.1];
        if self.keeps_all {
            return Some(value.clone());
        }
        *name = Cow::Borrowed("");
        Some(std::mem::take(value))
    }

    /// Names other than the plain one say more than the role does (which of two users, say), so
    /// their values stay fields as well.
    fn copy<'a>(&self, role: Role, pairs: &mut Pairs<'a>) -> Option<Cow<'a, str>> {
        let (rank, place) = self.places[role as usize]?;
        if rank == 0 { self.take(role, pairs) } else { Some(pairs[place].1.clone()) }
    }
}

/// A request is one when it names a URI, and a method or a status beside it.
fn http<'a>(found: &Found, pairs: &mut Pairs<'a>) -> Option<Http<'a>> {
    let status = found.value(Role::Status, pairs).and_then(status);
    let has_request = found.value(Role::Request, pairs).is_some_and(|request| request.contains(" /") || request.contains(" HTTP/"));
    let has_uri = found.value(Role::Uri, pairs).is_some();
    let has_method = found.value(Role::Method, pairs).is_some_and(is_method);
    if !has_request && !(has_uri && (has_method || status.is_some())) {
        return None;
    }
    let mut http = Http { status, ..Http::default() };
    if status.is_some() {
        found.take(Role::Status, pairs);
    }
    if has_uri {
        http.uri = found.take(Role::Uri, pairs).unwrap_or_default();
        http.protocol = found.take(Role::Protocol, pairs).unwrap_or_default();
    }
    if has_method {
        http.method = found.take(Role::Method, pairs).unwrap_or_default();
    }
    if has_request && !(has_uri && has_method) {
        let request = found.take(Role::Request, pairs).unwrap_or_default();
        let (method, rest) = request.split_once(' ').unwrap_or(("", &request));
        let (uri, protocol) = rest.rsplit_once(" HTTP/").map_or((rest, ""), |(uri, _)| (uri, &rest[uri.len() + 1..]));
        http.method = same_kind(&request, method);
        http.protocol = same_kind(&request, protocol);
        http.uri = same_kind(&request, uri);
    }
    http.bytes = found.value(Role::Bytes, pairs).and_then(|bytes| bytes.parse().ok());
    if http.bytes.is_some() {
        found.take(Role::Bytes, pairs);
    }
    http.referrer = found.take(Role::Referrer, pairs);
    http.user_agent = found.take(Role::UserAgent, pairs);
    http.response_millis = response_millis(found, pairs);
    Some(http)
}

fn status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|status| (100..600).contains(status))
}

fn is_method(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A part of a text, borrowed from where the text is borrowed from.
fn same_kind<'a>(whole: &Cow<'a, str>, part: &str) -> Cow<'a, str> {
    match whole {
        // An empty text may come from anywhere.
        _ if part.is_empty() => Cow::Borrowed(""),
        Cow::Borrowed(text) => {
            let start = part.as_ptr().addr() - text.as_ptr().addr();
            Cow::Borrowed(&text[start..start + part.len()])
        }
        Cow::Owned(_) => Cow::Owned(part.to_owned()),
    }
}

fn response_millis(found: &Found, pairs: &Pairs<'_>) -> Option<f32> {
    let number =
        |role| found.value(role, pairs).and_then(|text: &str| text.parse::<f32>().ok()).filter(|number| number.is_finite());
    number(Role::ResponseMillis)
        .or_else(|| number(Role::ResponseSeconds).map(|seconds| seconds * 1e3))
        .or_else(|| number(Role::ResponseNanos).map(|nanos| nanos / 1e6))
}

const SYSLOG_LEVELS: [&str; 8] = ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Info", "Debug"];
pub(super) const WINDOWS_LEVELS: [&str; 6] = ["Information", "Critical", "Error", "Warning", "Information", "Verbose"];

/// Windows counts its levels differently from everybody else.
fn level_numbers(found: &Found, pairs: &Pairs<'_>) -> &'static [&'static str] {
    let is_number = found.value(Role::Level, pairs).is_some_and(|level| level.len() == 1);
    let is_windows = |(name, _): &(Cow<'_, str>, Cow<'_, str>)| matches!(&**name, "EventID" | "event_id" | "winlog.event_id");
    if is_number && pairs.iter().any(is_windows) { &WINDOWS_LEVELS } else { &SYSLOG_LEVELS }
}

/// Numbers and letters that stand for levels become the levels' names; words stay as they are.
fn level_name<'a>(level: Cow<'a, str>, numbers: &'static [&'static str]) -> Cow<'a, str> {
    let name = match level.as_bytes() {
        [digit @ b'0'..=b'7'] => match numbers.get(usize::from(digit - b'0')) {
            Some(name) => name,
            None => return level,
        },
        // bunyan and pino.
        b"10" => "Trace",
        b"20" => "Debug",
        b"30" => "Info",
        b"40" => "Warning",
        b"50" => "Error",
        b"60" => "Fatal",
        b"I" => "Info",
        b"W" => "Warning",
        b"E" => "Error",
        b"F" => "Fatal",
        b"D" | b"D1" | b"D2" | b"D3" | b"D4" | b"D5" => "Debug",
        _ => return level,
    };
    Cow::Borrowed(name)
}

/// Docker keeps the line's end.
fn without_line_end(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end()),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end().len());
            Cow::Owned(text)
        }
    }
}

/// Only where it is plain: one colon, or brackets.
fn without_port(address: Cow<'_, str>) -> Cow<'_, str> {
    let bytes = match address.strip_prefix('[') {
        Some(inside) => return inside.find(']').map_or(address.clone(), |end| same_kind(&address, &inside[..end])),
        None => match address.split_once(':') {
            Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host.len(),
            _ => return address,
        },
    };
    same_kind(&address, &address[..bytes])
}

/// Cuts a text at the end of a character.
pub(super) fn cut(text: &mut Cow<'_, str>, bytes_max: usize) {
    if text.len() > bytes_max {
        let end = text.floor_char_boundary(bytes_max);
        match text {
            Cow::Borrowed(text) => *text = &text[..end],
            Cow::Owned(text) => text.truncate(end),
        }
    }
}
