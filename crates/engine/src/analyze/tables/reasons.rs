//! Why a row stands out, in sentences that can be checked by reading the file.

use radar_types::{Reason, Timestamp, grouped};

use super::Tables;
use super::rows::Rows;
use super::series::{Season, Track, is_weekend};
use crate::feature::table::Cell;
use crate::read::Record;

const REASONS_MAX: usize = 3;
/// Nearer to the mean is nothing to speak of.
const DEVIATIONS_MIN: f64 = 3.0;
const CHANGE_MIN: f32 = 4.0;
/// Places that are looked at for the value that made its neighbours stand out.
const NEARBY_PLACES_MAX: usize = 500;
const TEXT_CHARS_MAX: usize = 40;

/// Of a row that stands for itself.
pub(super) fn of_row(tables: &Tables, rows: &Rows, record: &Record<'_>, cells: &[Cell], raw: f32) -> Vec<Reason> {
    let mut found: Vec<(f64, Reason)> = Vec::new();
    for measure in &rows.measures.measures {
        let cell = cells.get(measure.column).copied().unwrap_or(Cell::Missing);
        found.extend(of_number(tables, measure.column, cell));
        found.extend(of_category(tables, measure.column, cell, record));
    }
    let missing = cells.iter().filter(|cell| **cell == Cell::Missing).count() as f64;
    let usual = tables.sketches.iter().map(|sketch| sketch.missing as f64).sum::<f64>() / tables.rows.max(1) as f64;
    if missing > usual + 1.0 {
        let text = format!("{} of {} columns are empty; in this file usually {}", missing, cells.len(), shown(usual));
        found.push((missing - usual + 1.0, Reason { code: "missing".into(), text }));
    }
    found.retain(|(strength, _)| *strength >= DEVIATIONS_MIN);
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut reasons: Vec<Reason> = found.into_iter().map(|(_, reason)| reason).take(REASONS_MAX).collect();
    if reasons.is_empty() {
        reasons.push(combination(tables, rows, record, cells, raw));
    }
    reasons
}

/// Of a place in a series. `record` is the row there.
pub(super) fn of_place(tables: &Tables, tracks: &[(usize, Track)], place: usize, record: &Record<'_>) -> Vec<Reason> {
    let time = tables.store.as_ref().and_then(|store| store.times.get(place)).copied().unwrap_or(0);
    let mut order: Vec<&(usize, Track)> = tracks.iter().collect();
    order.sort_by(|(_, a), (_, b)| b.raw[place].total_cmp(&a.raw[place]));
    let mut reasons: Vec<Reason> = Vec::new();
    for (column, track) in order.iter().take(REASONS_MAX) {
        let name = &tables.names[*column];
        reasons.extend(of_season(name, track, place, time));
        let cell = tables.text(record, *column).map_or(Cell::Missing, Cell::read);
        reasons
            .extend(of_number(tables, *column, cell).filter(|(strength, _)| *strength >= DEVIATIONS_MIN).map(|(_, reason)| reason));
        reasons.extend(of_change(name, track, place));
    }
    if let (Some((column, track)), true) = (order.first(), reasons.is_empty()) {
        reasons.push(of_neighbour(tables, &tables.names[*column], track, place, time));
    }
    reasons.truncate(REASONS_MAX);
    reasons
}

fn of_number(tables: &Tables, column: usize, cell: Cell) -> Option<(f64, Reason)> {
    let Cell::Number(value) = cell else { return None };
    let sketch = tables.sketches.get(column).filter(|sketch| sketch.is_number())?;
    let (mean, deviation) = (sketch.mean(), sketch.deviation());
    let deviations = (value - mean) / deviation;
    if !deviations.is_finite() {
        return None;
    }
    let (code, side) = if deviations > 0.0 { ("number_high", "above") } else { ("number_low", "below") };
    let (name, away) = (quoted(&tables.names[column]), deviations.abs());
    let text = format!("{name} is {}, {away:.1} standard deviations {side} this file's mean of {}", shown(value), shown(mean));
    Some((away, Reason { code: code.into(), text }))
}

fn of_category(tables: &Tables, column: usize, cell: Cell, record: &Record<'_>) -> Option<(f64, Reason)> {
    let count = tables.sketches.get(column)?.rows_with(cell)?;
    let (name, value) = (quoted(&tables.names[column]), quoted(tables.text(record, column)?));
    let rows = grouped(tables.rows);
    let text = match count {
        0 | 1 => format!("Column {name} holds {value}, which no other of {rows} rows has"),
        count => format!("Column {name} holds {value}, which only {} of {rows} rows have", grouped(count)),
    };
    // As many deviations as a value of a bell that is as rare.
    let strength = (2.0 * (tables.rows.max(1) as f64 / count.max(1) as f64).ln()).max(0.0).sqrt();
    Some((strength, Reason { code: "category_rare".into(), text }))
}

fn combination(tables: &Tables, rows: &Rows, record: &Record<'_>, cells: &[Cell], raw: f32) -> Reason {
    let scaled = rows.scaled(cells, &tables.sketches);
    let mut order: Vec<(usize, f32)> = rows.measures.measures.iter().map(|measure| measure.column).zip(scaled).collect();
    order.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
    let part = |(column, _): &(usize, f32)| {
        Some(format!("{} of {}", quoted(&tables.names[*column]), quoted(tables.text(record, *column)?)))
    };
    let parts: Vec<String> = order.iter().take(2).filter_map(part).collect();
    let rank = f64::from(raw).clamp(0.0, 1.0) * 100.0;
    let with = if parts.is_empty() { String::new() } else { format!(", above all {}", parts.join(" with ")) };
    let text = format!(
        "No single column stands out; the combination is more unusual than {rank:.1}% of {} rows{with}",
        grouped(tables.rows)
    );
    Reason { code: "combination".into(), text }
}

/// What is usual at this time, and what is here.
fn of_season(name: &str, track: &Track, place: usize, time: i64) -> Option<Reason> {
    let surprise = f64::from(*track.surprise.get(place)?).abs();
    let (from, to) = *track.usual.get(place)?;
    let value = *track.values.get(place)?;
    if value.is_finite() && surprise < DEVIATIONS_MIN {
        return None;
    }
    let minute = time.rem_euclid(86_400_000) / 60_000;
    let clock = format!("{:02}:{:02}", minute / 60, minute % 60);
    let when = match track.season {
        Season::DayAndWeekend if is_weekend(time) => format!("At {clock} on weekends"),
        Season::DayAndWeekend => format!("At {clock} on weekdays"),
        Season::Day => format!("At {clock}"),
        Season::Places(_) => "At this point of its rhythm".to_owned(),
        Season::None => "Around this time".to_owned(),
    };
    let (name, from, to) = (quoted(name), shown(f64::from(from)), shown(f64::from(to)));
    let code = if track.season == Season::None { "level_unusual" } else { "season_unusual" };
    Some(match value.is_finite() {
        true => {
            Reason { code: code.into(), text: format!("{when} {name} is usually {from} to {to}, here {}", shown(f64::from(value))) }
        }
        false => {
            Reason { code: "value_missing".into(), text: format!("{when} {name} is usually {from} to {to}, here it is missing") }
        }
    })
}

fn of_change(name: &str, track: &Track, place: usize) -> Option<Reason> {
    let change = *track.change.get(place).filter(|change| **change >= CHANGE_MIN)?;
    let mean = |values: &[f32]| {
        let known: Vec<f64> = values.iter().filter(|value| value.is_finite()).map(|value| f64::from(*value)).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let reach = track.reach.clamp(2, NEARBY_PLACES_MAX);
    let (before, after) = track.values.split_at(place);
    let before = mean(&before[before.len().saturating_sub(reach)..])?;
    let after = mean(&after[..reach.min(after.len())])?;
    let text = format!(
        "The level of {} changes here from {} to {}, {change:.1} times what is usual in this file",
        quoted(name),
        shown(before),
        shown(after)
    );
    Some(Reason { code: "level_change".into(), text })
}

/// The value nearby that makes this place part of an incident.
fn of_neighbour(tables: &Tables, name: &str, track: &Track, place: usize, time: i64) -> Reason {
    let reach = (4 * track.reach).min(NEARBY_PLACES_MAX);
    let nearby = place.saturating_sub(reach)..(place + reach + 1).min(track.surprise.len());
    let strength = |place: usize| track.surprise[place].abs().max(track.change[place]);
    let strongest = nearby.max_by(|a, b| strength(*a).total_cmp(&strength(*b))).unwrap_or(place);
    let times = tables.store.as_ref().map_or(&[][..], |store| &store.times);
    let there = times.get(strongest).copied().unwrap_or(time);
    let minutes = (there - time).abs() / 60_000;
    let (from, to) = track.usual[strongest];
    let text = format!(
        "{} minutes from an incident: at {} {} was {}, {:.1} deviations from its usual {} to {}",
        grouped(minutes.unsigned_abs()),
        Timestamp::saturating_from_unix_millis(there),
        quoted(name),
        shown(f64::from(track.values[strongest])),
        strength(strongest),
        shown(f64::from(from)),
        shown(f64::from(to))
    );
    Reason { code: "incident_nearby".into(), text }
}

/// A text of the file, short and on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(TEXT_CHARS_MAX).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}

/// A number with as many digits as a reader needs.
fn shown(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return "no number".into();
    }
    if size >= 1e15 || (size > 0.0 && size < 0.001) {
        return format!("{number:.2e}");
    }
    if size >= 1000.0 {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("{sign}{}", grouped(size.round() as u64));
    }
    let decimals = if number.fract() == 0.0 || size >= 100.0 { 0 } else { 3 - (size.max(0.1).log10().floor() as usize + 1).min(2) };
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_matter() {
        for (number, text) in [
            (0.0, "0"),
            (5.0, "5"),
            (-0.25, "-0.25"),
            (4.123456, "4.12"),
            (97.34, "97.3"),
            (412.6, "413"),
            (-4012.0, "-4,012"),
            (1.0e-7, "1.00e-7"),
            (3.2e18, "3.20e18"),
        ] {
            assert_eq!(shown(number), text);
        }
    }

    #[test]
    fn quoted_texts_are_short_and_safe() {
        assert_eq!(quoted("a\nb\u{1b}"), "`a\u{fffd}b\u{fffd}`");
        assert_eq!(quoted(&"x".repeat(50)).chars().count(), 43);
    }
}
