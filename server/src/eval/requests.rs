//! How well attacks among web requests are found: single values, one shop's requests, whole access logs.
//!
//! Labels are read beside the records and never reach the detector.

use anyhow::{Context, Result};
use radar_engine::feature::http::suspicion;
use radar_engine::random::SplitMix64;

/// Raw scores and which of them are anomalies.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    pub(super) scores: Vec<f32>,
    pub(super) labels: Vec<bool>,
}

/// Of a table `payload,length,attack_type,label` whose attacks are thinned at random to a share.
pub(super) fn payloads(table: &str, anomaly_share: f64, seed: u64) -> Result<Ranking> {
    let rows = rows(table);
    let header = rows.first().context("the table is empty")?;
    let column = |name: &str| header.iter().position(|title| title == name).with_context(|| format!("no column {name}"));
    let (payload, label) = (column("payload")?, column("label")?);
    let mut ranking = Ranking::default();
    let mut attacks = Vec::new();
    for row in &rows[1..] {
        let Some((payload, label)) = row.get(payload).zip(row.get(label)) else { continue };
        if label == "norm" {
            ranking.scores.push(suspicion(payload).points);
        } else {
            attacks.push(payload.as_str());
        }
    }
    let normal = ranking.scores.len();
    let kept = (normal as f64 * anomaly_share / (1.0 - anomaly_share)) as usize;
    SplitMix64::new(seed).shuffle(&mut attacks);
    ranking.scores.extend(attacks.iter().take(kept).map(|payload| suspicion(payload).points));
    ranking.labels = (0..ranking.scores.len()).map(|at| at >= normal).collect();
    Ok(ranking)
}

/// Rows of comma-separated values, of which some are in quotes.
fn rows(table: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut characters = table.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) else { break };
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if is_quoted || cell.is_empty() => is_quoted = !is_quoted,
            ',' if !is_quoted => rows.last_mut().into_iter().for_each(|row| row.push(String::new())),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => rows.push(vec![String::new()]),
            _ => cell.push(character),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_are_thinned_and_labelled() -> Result<()> {
        let mut table = String::from("payload,length,attack_type,label\n");
        for number in 0..90 {
            table += &format!("{number},2,norm,norm\n");
        }
        for number in 0..50 {
            table += &format!("\"{number}' or \"\"1\"\"=\"\"1\",2,sqli,anom\n");
        }
        let ranking = payloads(&table, 0.1, 1)?;
        assert_eq!((ranking.scores.len(), ranking.labels.iter().filter(|label| **label).count()), (100, 10));
        assert!(ranking.scores.iter().zip(&ranking.labels).all(|(score, label)| (*score > 6.0) == *label));
        Ok(())
    }
}
