//! Tables: rows of columns that commas, semicolons, tabs or bars separate.
//!
//! What a column is for is found from its name where that tells, and otherwise from what the first
//! rows have in it. A table need not be a log, so nothing but its shape is required; a row with more
//! cells than columns is a reject, and one with fewer is filled up, as spreadsheets leave empty cells
//! at the end of a row away.
//!
//! The sample of a text is a table when one separator gives nearly all of its rows the same number of
//! cells, at least two, and the first row reads like names or the cells like values. Free text with
//! commas in it is none.

use std::borrow::Cow;
use std::sync::Arc;

use memchr::{memchr_iter, memrchr};
use radar_types::Timestamp;

use super::assemble::{Assembler, FIELD_BYTES_MAX, NAME_BYTES_MAX, Pairs, cut as cut_text};
use super::reader::{RECORD_BYTES_MAX, overlong};
use super::role::{Names, Role};
use super::text::decoded;
use super::time::{Clock, Order};
use super::{Assumed, Record, Records, Reject, entity, level, moment};
use crate::parse::reject::excerpt;

#[path = "table_row.rs"]
mod row;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
const SAMPLE_ROWS_MAX: usize = 200;
/// A table without a header has at least so many columns; two could be many a text.
const COLUMNS_WITHOUT_HEADER_MIN: usize = 3;
const HEADER_CELL_BYTES_MAX: usize = 64;
/// A column with at most this share of different values, or so few of them, has categories.
const CATEGORY_SHARE_MAX: f32 = 0.2;
const CATEGORIES_MIN: usize = 12;

/// The columns of a table, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    pub names: Vec<String>,
    pub roles: Vec<Role>,
    pub delimiter: u8,
    pub has_header: bool,
}

/// What the rows of a table have in common.
/// A month may have a column of its own, before that of its days.
#[derive(Clone, Copy, Debug)]
struct PartedTime {
    month: Option<usize>,
    day: usize,
    time_of_day: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Shape {
    columns: Arc<Columns>,
    clock: Clock,
    /// The columns of day and time of day, in a table that has no whole times.
    parted_time: Option<PartedTime>,
    /// Whether the header is still to come.
    is_first: bool,
}

pub(super) fn sniff(sample: &[u8]) -> bool {
    DELIMITERS.iter().any(|delimiter| is_table(sample, *delimiter))
}

fn is_table(sample: &[u8], delimiter: u8) -> bool {
    let rows = sample_rows(sample, delimiter);
    let Some(first) = rows.first().filter(|_| rows.len() > 1) else { return false };
    let columns = first.len();
    let even_rows = rows.iter().filter(|row| row.len() == columns).count();
    let has_header = is_header(first);
    let uneven_rows = rows.len() - even_rows;
    if columns < 2 || uneven_rows * if has_header && columns > 2 { 10 } else { 20 } > rows.len() {
        return false;
    }
    let values = rows.iter().flatten().filter(|cell| is_value(cell)).count();
    if has_header && (columns > 2 || even_rows == rows.len() && values * 8 >= rows.len()) {
        return true;
    }
    columns >= COLUMNS_WITHOUT_HEADER_MIN && even_rows == rows.len() && values * 2 > rows.len() * columns
}

/// The cells of the first rows. The last row of a sample may be cut, so it does not count.
fn sample_rows(sample: &[u8], delimiter: u8) -> Vec<Vec<Cow<'_, str>>> {
    let mut rows = Vec::new();
    let mut at = 0;
    while at < sample.len() && rows.len() < SAMPLE_ROWS_MAX {
        let Some((length, content)) = row::end(&sample[at..], delimiter) else { break };
        let is_cut = length == content && sample.len() > 1000;
        if let (Ok(text), false) = (std::str::from_utf8(&sample[at..at + content]), is_cut)
            && !text.trim_ascii().is_empty()
        {
            let mut cells = Vec::new();
            row::cells(text, delimiter, |cell| cells.push(cell));
            rows.push(cells);
        }
        at += length;
    }
    rows
}

/// A first row names columns when every cell of it is short, is no value, and is there once.
fn is_header(cells: &[Cow<'_, str>]) -> bool {
    let is_name = |cell: &Cow<'_, str>| {
        (1..=HEADER_CELL_BYTES_MAX).contains(&cell.len())
            && !is_value(cell)
            && cell.split(' ').count() <= 5
            && !cell.contains(['{', '}', '=', '<', '>', '\\'])
            && !cell.ends_with(['.', '!', '?', ';'])
    };
    // Unnamed columns come from programs that write the numbers of rows first, or end rows with a separator.
    let named = cells.iter().filter(|cell| !cell.is_empty());
    let unnamed = cells.iter().filter(|cell| cell.is_empty()).count();
    let is_unique = |index: usize| !cells[..index].contains(&cells[index]) || cells[index].is_empty();
    unnamed * 2 < cells.len() && named.clone().all(is_name) && (0..cells.len()).all(is_unique)
}

/// Numbers, times, addresses and the like are no names.
fn is_value(cell: &str) -> bool {
    is_number(cell) || entity::is_address(cell) || cell.len() >= 8 && cell.starts_with(|first: char| first.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    text.ends_with(|last: char| last.is_ascii_digit() || last == '.') && text.parse::<f64>().is_ok()
        || text.eq_ignore_ascii_case("nan")
}

impl Shape {
    pub(super) fn of(sample: &[u8], now: Timestamp) -> Self {
        let rated = DELIMITERS.map(|delimiter| (delimiter, sample_rows(sample, delimiter)));
        let is_even = |rows: &[Vec<Cow<'_, str>>]| {
            rows.iter().filter(|row| Some(row.len()) == rows.first().map(Vec::len)).count() * 10 >= rows.len() * 9
        };
        // Of the even ones that with the most columns; the first of them in doubt.
        let rating = |(_, rows): &&(u8, Vec<Vec<Cow<'_, str>>>)| {
            let width = rows.first().map_or(0, Vec::len);
            (width > 1 && is_even(rows), width)
        };
        let best = rated.iter().rev().max_by_key(rating);
        let (delimiter, rows) = best.map_or((b',', &[][..]), |(delimiter, rows)| (*delimiter, &rows[..]));
        let has_header = rows.first().is_some_and(|first| is_header(first));
        let width = rows.first().map_or(0, Vec::len);
        let name = |index: usize| match rows.first().map(|first| &first[index]) {
            Some(name) if has_header && !name.is_empty() => {
                let mut name = name.clone();
                cut_text(&mut name, NAME_BYTES_MAX);
                name.into_owned()
            }
            _ => format!("column{}", index + 1),
        };
        let names: Vec<String> = (0..width).map(name).collect();
        let rows = &rows[usize::from(has_header)..];
        let cells =
            |index: usize| rows.iter().filter_map(move |row| row.get(index)).map(|cell| &**cell).filter(|cell| !cell.is_empty());
        // Dates of both orders look alike until one has a day past the twelfth.
        let dates: Vec<&str> = (0..width).flat_map(cells).collect();
        let clock = Clock::new(now, Order::of(dates.iter().map(|cell| cell.as_bytes()), now));
        let roles = roles(&names, cells, has_header, &clock);
        let parted = if roles.contains(&Role::Time) { None } else { parted_time(&names, cells, now) };
        let (parted_time, clock) = parted.map_or((None, clock), |(columns, clock)| (Some(columns), clock));
        let columns = Columns { roles, names, delimiter, has_header };
        Self { columns: Arc::new(columns), clock, parted_time, is_first: has_header }
    }

    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }
}

/// The first column of days and the first of times of day, and what reads them.
fn parted_time<'a, C: Iterator<Item = &'a str> + Clone>(
    names: &[String],
    cells: impl Fn(usize) -> C,
    now: Timestamp,
) -> Option<(PartedTime, Clock)> {
    let clock = Clock::new(now, Order::default());
    let is_named = |index: usize, name: &str| names[index].eq_ignore_ascii_case(name);
    let is_time_of_day = |index: usize, cell: &str| {
        (cell.contains(':') || is_named(index, "time")) && joined_time("", "2000-01-01", cell, &clock).is_some()
    };
    let filled = || (0..names.len()).filter(|index| cells(*index).next().is_some());
    let time_of_day = filled().find(|index| cells(*index).all(|cell| is_time_of_day(*index, cell)))?;
    let days = |month: Option<usize>, day: usize| -> Vec<String> {
        match month {
            Some(month) => cells(month).zip(cells(day)).map(|(month, day)| format!("{month} {day} 00:00:00")).collect(),
            None if is_named(day, "date") => cells(day).map(|day| format!("{} 00:00:00", with_zeros(day))).collect(),
            None => cells(day).map(|day| format!("{day} 00:00:00")).collect(),
        }
    };
    let candidates = filled().flat_map(|column| [(None, column), (column.checked_sub(1), column)]);
    let (month, day, days) = candidates.map(|(month, day)| (month, day, days(month, day))).find(|(month, _, days)| {
        let is_day = |day: &String| moment::whole(day, &clock).is_some();
        let has_names = month.is_none() || days.iter().all(|day| day.starts_with(|c: char| c.is_ascii_alphabetic()));
        !days.is_empty() && has_names && days.iter().all(is_day)
    })?;
    let clock = Clock::new(now, Order::of(days.iter().map(|day| day.as_bytes()), now));
    Some((PartedTime { month, day, time_of_day }, clock))
}

fn joined_time(month: &str, day: &str, time_of_day: &str, clock: &Clock) -> Option<(Timestamp, Assumed)> {
    let is_short = month.len() + day.len() <= 32 && time_of_day.len() <= 32;
    let day = if month.is_empty() { with_zeros(day) } else { day.into() };
    if is_short { moment::whole(&[month, " ", &day, " ", &with_zeros(time_of_day)].concat(), clock) } else { None }
}

/// `081109` and `000512` as spreadsheets leave them, for which they are numbers.
fn with_zeros(cell: &str) -> Cow<'_, str> {
    let is_number = (1..6).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Cow::Owned(format!("{cell:0>6}")) } else { Cow::Borrowed(cell) }
}

/// No role but the last four is given twice; the better name has it, then the earlier column.
fn roles<'a, C: Iterator<Item = &'a str> + Clone>(
    names: &[String],
    cells: impl Fn(usize) -> C,
    has_header: bool,
    clock: &Clock,
) -> Vec<Role> {
    let list = Names::get();
    let by_content: Vec<Role> = (0..names.len()).map(|index| role_of_cells(cells(index), clock)).collect();
    let mut roles = by_content.clone();
    let mut known: Vec<_> =
        (0..names.len()).filter_map(|index| Some((list.find(&names[index]).filter(|_| has_header)?, index))).collect();
    known.sort_by_key(|(known, index)| (known.rank, *index));
    let mut given = Vec::new();
    let mut is_named = vec![false; names.len()];
    for (known, index) in known {
        if !given.contains(&known.role) && fits(known.role, by_content[index], cells(index)) {
            given.push(known.role);
            roles[index] = known.role;
            is_named[index] = true;
        }
    }
    // Columns without a telling name, where no other column has the role by its name.
    for index in 0..roles.len() {
        let role = by_content[index];
        if !is_named[index] && matches!(role, Role::Time | Role::Level | Role::Address) {
            if given.contains(&role) {
                roles[index] = if role == Role::Level { Role::Category } else { Role::Text };
            }
            given.push(role);
        }
    }
    roles
}

/// Whether a column can have the role that its name gives it.
fn fits<'a>(role: Role, content: Role, mut cells: impl Iterator<Item = &'a str> + Clone) -> bool {
    match role {
        Role::Time => content == Role::Time,
        Role::Level => {
            !matches!(content, Role::Time | Role::Address)
                && cells.clone().all(|cell| cell.len() <= 20 && (!is_number(cell) || cell.len() < 3))
        }
        Role::Status => cells.all(|cell| matches!(cell.parse::<u16>(), Ok(100..600)) || cell == "-"),
        Role::Message | Role::Host | Role::Source | Role::Method | Role::Uri | Role::Request | Role::UserAgent | Role::Referrer => {
            matches!(content, Role::Text | Role::Category | Role::Id | Role::Address | Role::Level)
        }
        Role::Address => matches!(content, Role::Address | Role::Text | Role::Category | Role::Id),
        Role::Bytes | Role::ResponseMillis | Role::ResponseSeconds | Role::ResponseNanos => {
            matches!(content, Role::Number | Role::Category | Role::Id)
        }
        _ => content != Role::Time,
    }
}

/// What the cells of a column hold, as far as they tell themselves.
fn role_of_cells<'a>(cells: impl Iterator<Item = &'a str> + Clone, clock: &Clock) -> Role {
    let total = cells.clone().count();
    if total == 0 {
        return Role::Text;
    }
    let most = |test: &dyn Fn(&str) -> bool| cells.clone().filter(|cell| test(cell)).count() * 20 >= total * 19;
    if most(&|cell| moment::whole(cell, clock).is_some()) {
        return Role::Time;
    }
    let mut different: Vec<&str> = cells.clone().collect();
    different.sort_unstable();
    different.dedup();
    if most(&is_number) {
        return if is_counter(cells) { Role::Id } else { Role::Number };
    }
    if most(&entity::is_address) {
        return Role::Address;
    }
    if most(&level::is_level) {
        return Role::Level;
    }
    let is_category =
        different.len() <= CATEGORIES_MIN.min(total.div_ceil(2)) || different.len() as f32 <= CATEGORY_SHARE_MAX * total as f32;
    if is_category {
        Role::Category
    } else if different.len() == total && total > 2 && most(&|cell| !cell.contains(' ') && cell.len() <= 64) {
        Role::Id
    } else {
        Role::Text
    }
}

/// Whole numbers that go up by one from row to row say nothing of their rows.
fn is_counter<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> bool {
    let numbers = cells.map(|cell| cell.parse::<i64>().ok());
    let mut pairs = numbers.clone().zip(numbers.skip(1));
    let is_next = |(first, second): (Option<i64>, Option<i64>)| matches!((first, second), (Some(first), Some(second)) if first.checked_add(1) == Some(second));
    let first = pairs.next();
    first.is_some_and(is_next) && pairs.all(is_next)
}

/// The length of the whole rows that a window begins with.
pub(super) fn cut(window: &[u8], shape: &Shape) -> usize {
    let mut at = 0;
    // Without quotes, rows are lines.
    if memchr::memchr(b'"', window).is_none() {
        return memrchr(b'\n', window).map_or(0, |at| at + 1);
    }
    while let Some((length, content)) = row::end(&window[at..], shape.columns.delimiter) {
        if length == content {
            break;
        }
        at += length;
    }
    // An open quote may close in the next window, unless it has had room enough here.
    if window.len() - at > RECORD_BYTES_MAX { memrchr(b'\n', window).map_or(at, |end| end + 1) } else { at }
}

/// Later blocks have no header.
pub(super) fn shape_after(shape: &Shape) -> Option<Shape> {
    shape.is_first.then(|| Shape { is_first: false, ..shape.clone() })
}

pub(super) fn records<'a>(bytes: &'a [u8], first_line: u64, shape: &'a Shape, out: &mut Records<'a>) {
    let columns = &*shape.columns;
    let mut reader = RowReader { shape, columns, assembler: Assembler::new(shape.clock) };
    let (mut at, mut line) = (0, first_line);
    let mut is_header_due = shape.is_first;
    out.records.reserve(memchr_iter(b'\n', bytes).count() + 1);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let whole = row::end(rest, columns.delimiter);
        let (length, content) =
            whole.or_else(|| memchr::memchr(b'\n', rest).map(|at| (at + 1, at))).unwrap_or((rest.len(), rest.len()));
        let row = &rest[..content];
        let lines = memchr_iter(b'\n', &rest[..length]).count() as u64;
        if is_header_due && !row.trim_ascii().is_empty() {
            is_header_due = false;
        } else if row.trim_ascii().is_empty() {
            // Between tables and at the end; it is no row.
        } else if whole.is_none() {
            out.rejects.push(Reject { line, expected: "'\"' at the end of a cell".into(), found: excerpt(&decoded(row)) });
        } else if content > RECORD_BYTES_MAX {
            out.rejects.push(overlong(line));
        } else {
            match reader.record(row, line) {
                Ok(record) => out.records.push(record),
                // A quote may have run on into rows that have nothing wrong with them.
                Err(reject) if lines > 1 => {
                    out.rejects.push(reject);
                    let first_line = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
                    at += first_line;
                    line += 1;
                    continue;
                }
                Err(reject) => out.rejects.push(reject),
            }
        }
        at += length;
        line += lines;
    }
}

struct RowReader<'a> {
    shape: &'a Shape,
    columns: &'a Columns,
    assembler: Assembler<'a>,
}

impl<'a> RowReader<'a> {
    fn record(&mut self, row: &'a [u8], line: u64) -> Result<Record<'a>, Reject> {
        match std::str::from_utf8(row) {
            Ok(text) => self.record_of(text, line),
            Err(_) => {
                let text = decoded(row);
                let mut reader = RowReader { shape: self.shape, columns: self.columns, assembler: self.assembler.fresh() };
                reader.record_of(&text, line).map(Record::into_owned)
            }
        }
    }

    fn record_of(&mut self, text: &'a str, line: u64) -> Result<Record<'a>, Reject> {
        let mut pairs = Pairs::with_capacity(self.columns.names.len());
        let mut names = self.columns.names.iter();
        let mut surplus = 0;
        row::cells(text, self.columns.delimiter, |mut cell| match names.next() {
            Some(name) => {
                cut_text(&mut cell, FIELD_BYTES_MAX);
                pairs.push((Cow::Borrowed(&**name), cell));
            }
            // A separator may end the row.
            None => surplus += usize::from(surplus > 0 || !cell.is_empty()),
        });
        if surplus > 0 {
            let expected = format!("{} columns", self.columns.names.len());
            return Err(Reject { line, expected, found: format!("{} columns", self.columns.names.len() + surplus) });
        }
        pairs.extend(names.map(|name| (Cow::Borrowed(&**name), Cow::Borrowed(""))));
        let mut record = self.assembler.row(line, text.trim_ascii_end(), pairs, &self.columns.roles);
        let cell = |index: usize| record.fields.get(index).map_or("", |(_, cell)| &**cell);
        if let Some(PartedTime { month, day, time_of_day }) = self.shape.parted_time
            && let Some((time, assumed)) = joined_time(month.map_or("", cell), cell(day), cell(time_of_day), &self.shape.clock)
        {
            record.time = Some(time);
            record.assumed = assumed;
        }
        Ok(record)
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
