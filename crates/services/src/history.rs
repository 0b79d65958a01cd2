//! The past year, hour by hour.

use radar_types::history::History;
use radar_types::query::Period;
use radar_types::{Side, Timestamp};

use crate::{Actor, Result, Services};

const MINUTE_MILLIS: i64 = 60 * 1000;
/// Zones differ from UTC by whole hours, or by halves or quarters of one.
const QUARTER_MINUTES: i64 = 15;

impl Services {
    /// Hours begin so many minutes past those of UTC, as in the reader's zone; it is read in quarters of an hour. Days are
    /// the reader's, so they are made where the zone is known.
    pub async fn history(&self, actor: &Actor, side: Side, minutes_past: i64, now: Timestamp) -> Result<History> {
        let collection = actor.reads(side)?;
        let ask = self.on_scale(&collection).await?;
        let shift_minutes = minutes_past.rem_euclid(60) / QUARTER_MINUTES * QUARTER_MINUTES;
        let shift = shift_minutes * MINUTE_MILLIS;
        let hour = History::HOUR_MILLIS;
        let to = Timestamp::saturating_from_unix_millis(((now.unix_millis() - shift).div_euclid(hour) + 1) * hour + shift);
        let from = to.saturating_add_millis(-(History::HOURS_MAX as i64) * hour);
        // A store's bars begin at multiples of their width, so where hours do not, there are narrower ones, asked for in
        // as many parts as they are more.
        let parts = match shift_minutes {
            0 => 1,
            30 => 2,
            _ => 4,
        };
        let (mut events, mut anomalies) = (vec![0; History::HOURS_MAX], vec![0; History::HOURS_MAX]);
        let mut is_partial = false;
        let part_millis = (to.unix_millis() - from.unix_millis()) / parts;
        for part in 0..parts {
            let from_part = from.saturating_add_millis(part * part_millis);
            let period = Period { from: from_part, to: from_part.saturating_add_millis(part_millis) };
            let bars = self.store.histogram(&ask, period, hour / parts).await?;
            is_partial |= bars.is_partial;
            for bar in bars.value {
                let place = usize::try_from((bar.start.unix_millis() - from.unix_millis()).div_euclid(hour)).unwrap_or(usize::MAX);
                if let (Some(events), Some(anomalies)) = (events.get_mut(place), anomalies.get_mut(place)) {
                    *events += bar.tally.events();
                    *anomalies += bar.tally.anomalies();
                }
            }
        }
        // Most stores are younger than a year.
        let empty = events.iter().take_while(|count| **count == 0).count();
        let from = from.saturating_add_millis(empty as i64 * hour);
        Ok(History { from, to, is_partial, events: events.split_off(empty), anomalies: anomalies.split_off(empty) })
    }
}

#[cfg(test)]
mod tests;
