//! One page without scripts, with its styles and charts inside, to send to somebody.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use radar_types::{Severity, Timestamp, grouped};

use super::{Finding, Summary, one_line};

/// The worst findings are listed; the charts count all.
const ROWS_MAX: usize = 2000;
const BARS_MAX: usize = 120;
const TOP: usize = 10;
/// Names that are counted at once; the rare ones of a file with more are left out.
const NAMES_MAX: usize = 50_000;
const SCORE_STEPS: usize = 50;
const MESSAGE_CHARS: usize = 600;

#[derive(Default)]
pub(in crate::cli::analyze) struct Page {
    rows: Vec<Finding>,
    count: u64,
    timeline: Timeline,
    scores: Vec<u64>,
    sources: BTreeMap<String, u64>,
    addresses: BTreeMap<String, u64>,
    templates: BTreeMap<String, u64>,
}

impl Page {
    pub(super) fn add(&mut self, finding: Finding) {
        self.count += 1;
        self.scores.resize(SCORE_STEPS, 0);
        let step = (finding.score.clamp(0.0, 1.0) * SCORE_STEPS as f32) as usize;
        self.scores[step.min(SCORE_STEPS - 1)] += 1;
        if let Some(time) = finding.timestamp {
            self.timeline.add(time, finding.severity);
        }
        count(&mut self.sources, &finding.source);
        count(&mut self.addresses, &finding.address);
        count(&mut self.templates, finding.template.as_deref().unwrap_or_default());
        self.rows.push(finding);
        if self.rows.len() >= 2 * ROWS_MAX {
            self.keep_worst();
        }
    }

    pub(super) fn write(mut self, summary: &Summary, out: &mut impl Write) -> io::Result<()> {
        self.keep_worst();
        let inputs: Vec<String> = summary.inputs.iter().map(|(name, format)| format!("{} ({format})", escaped(name))).collect();
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>RADAR report</title>\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
             <style>{STYLE}</style></head><body><h1>What stands out</h1><p>{}, judged by the model <b>{}</b>.</p>",
            inputs.join(", "),
            escaped(summary.model)
        )?;
        write!(out, "<dl>{}", counter("records", summary.records))?;
        for band in Severity::ALL.into_iter().rev().filter(|band| band.is_anomaly()) {
            write!(out, "{}", counter(band.name(), summary.by_severity[band as usize]))?;
        }
        write!(out, "{}</dl>", counter("not understood", summary.rejected))?;
        write!(out, "{}", self.timeline.chart())?;
        write!(out, "<div class=\"pair\">")?;
        for (title, counts) in [("Sources", &self.sources), ("Addresses", &self.addresses), ("Templates", &self.templates)] {
            write!(out, "{}", list(title, counts))?;
        }
        write!(out, "{}</div>", distribution(&self.scores))?;
        write!(out, "<h2>The lines</h2>")?;
        if self.count > self.rows.len() as u64 {
            write!(out, "<p>The {} worst of {}.</p>", self.rows.len(), self.count)?;
        }
        if self.rows.is_empty() {
            return writeln!(out, "<p>Nothing stands out.</p></body></html>");
        }
        write!(
            out,
            "<table><thead><tr><th>Severity<th>Score<th>Line<th>Time (UTC)<th>Source<th>Message and reasons</thead><tbody>"
        )?;
        for row in &self.rows {
            write_row(row, out)?;
        }
        writeln!(out, "</tbody></table></body></html>")
    }

    fn keep_worst(&mut self) {
        self.rows.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| (&a.file, a.line).cmp(&(&b.file, b.line))));
        self.rows.truncate(ROWS_MAX);
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    if name.is_empty() {
        return;
    }
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else if counts.len() < NAMES_MAX {
        counts.insert(name.to_owned(), 1);
    }
}

/// Findings over time, in bars that double their width when there are too many.
struct Timeline {
    bar_millis: i64,
    bars: BTreeMap<i64, [u64; 5]>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { bar_millis: 1000, bars: BTreeMap::new() }
    }
}

impl Timeline {
    fn add(&mut self, time: Timestamp, severity: Severity) {
        self.bars.entry(time.unix_millis().div_euclid(self.bar_millis)).or_default()[severity as usize] += 1;
        while self.span() > BARS_MAX as i64 {
            self.bar_millis *= 2;
            for (index, counts) in std::mem::take(&mut self.bars) {
                let merged = self.bars.entry(index.div_euclid(2)).or_default();
                merged.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
    }

    fn span(&self) -> i64 {
        let ends = self.bars.keys().next().zip(self.bars.keys().next_back());
        ends.map_or(0, |(first, last)| last - first + 1)
    }

    fn chart(&self) -> String {
        let Some(first) = self.bars.keys().next() else { return String::new() };
        let highest = self.bars.values().map(|counts| counts.iter().sum::<u64>()).max().unwrap_or(1) as f64;
        let mut bars = String::new();
        for (index, counts) in &self.bars {
            let mut y = 100.0;
            for band in Severity::ALL {
                let height = counts[band as usize] as f64 / highest * 100.0;
                y -= height;
                if height > 0.0 {
                    let x = index - first;
                    let _ = write!(bars, "<rect class=\"{band}\" x=\"{x}\" y=\"{y:.2}\" width=\".9\" height=\"{height:.2}\"/>");
                }
            }
        }
        let time = |index: i64| Timestamp::saturating_from_unix_millis(index.saturating_mul(self.bar_millis)).to_string();
        let (from, to) = (time(*first), time(first + self.span()));
        let span = self.span();
        format!(
            "<section><h2>When</h2><svg viewBox=\"0 0 {span} 100\" preserveAspectRatio=\"none\" role=\"img\" \
             aria-label=\"Findings by severity from {from} to {to}, at most {highest} in a bar\">{bars}</svg>\
             <p class=\"ends\"><span>{from}</span><span>{to}</span></p></section>"
        )
    }
}

fn distribution(scores: &[u64]) -> String {
    let highest = scores.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut bars = String::new();
    for (step, count) in scores.iter().enumerate().filter(|(_, count)| **count > 0) {
        // Few findings beside many are seen on a logarithmic axis only.
        let height = (*count as f64 + 1.0).ln() / (highest + 1.0).ln() * 100.0;
        let _ = write!(bars, "<rect x=\"{step}\" y=\"{:.2}\" width=\".9\" height=\"{height:.2}\"/>", 100.0 - height);
    }
    format!(
        "<section><h2>Scores</h2><svg viewBox=\"0 0 {SCORE_STEPS} 100\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"How many findings have each score, on a logarithmic axis\">{bars}</svg>\
         <p class=\"ends\"><span>0</span><span>1</span></p></section>"
    )
}

/// The most frequent; nothing where no finding has one.
fn list(title: &str, counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return String::new();
    }
    let mut counts: Vec<(&String, &u64)> = counts.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let highest = counts.first().map_or(1, |(_, count)| **count) as f64;
    let mut items = String::new();
    for (name, count) in counts.into_iter().take(TOP) {
        let share = *count as f64 / highest * 100.0;
        let _ = write!(items, "<li><meter max=\"100\" value=\"{share:.0}\"></meter> <b>{count}</b> {}</li>", escaped(name));
    }
    format!("<section><h2>{title}</h2><ol>{items}</ol></section>")
}

fn counter(name: &str, count: u64) -> String {
    let class = if count > 0 { name } else { "" };
    format!("<div><dt>{name}</dt><dd class=\"{class}\">{}</dd></div>", grouped(count))
}

fn write_row(row: &Finding, out: &mut impl Write) -> io::Result<()> {
    let time = row.timestamp.map(|time| time.to_string()).unwrap_or_default();
    let message: String = row.message.chars().take(MESSAGE_CHARS).collect();
    write!(
        out,
        "<tr><td class=\"{band}\">{band}<td>{:.3}<td>{}<td>{time}<td>{}<td><code>{}</code>",
        row.score,
        row.line,
        escaped(&row.source),
        escaped(&message),
        band = row.severity
    )?;
    for reason in &row.reasons {
        write!(out, "<br>{}", escaped(&reason.text))?;
    }
    writeln!(out)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

const STYLE: &str = "\
:root{color-scheme:light dark;--line:light-dark(#d5d9de,#30363d);--quiet:light-dark(#57606a,#9aa4ae)}\
body{font:14px/1.5 system-ui,sans-serif;max-width:1200px;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1rem}dl{display:flex;flex-wrap:wrap;gap:.75rem}\
dl div{border:1px solid var(--line);border-radius:6px;padding:.5rem 1rem}dt,.ends{color:var(--quiet)}dd{margin:0;font-size:1.4rem}\
svg{width:100%;height:120px;fill:light-dark(#57606a,#9aa4ae)}.ends{display:flex;justify-content:space-between;margin:0}\
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:1.5rem}ol{padding:0;list-style:none}\
li{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}meter{width:6rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid var(--line)}\
code{overflow-wrap:anywhere}.low{color:light-dark(#7a5d00,#d8b44a);fill:light-dark(#b58900,#d8b44a)}\
.medium{color:light-dark(#a04a00,#f0953f);fill:light-dark(#cb6d1e,#f0953f)}.high{color:light-dark(#b02a12,#ff7b61);fill:light-dark(#c8381d,#ff7b61)}\
.critical{color:light-dark(#8b0f3d,#ff5c9a);fill:light-dark(#8b0f3d,#ff5c9a);font-weight:700}";

#[cfg(test)]
mod tests {
    use super::super::Form;
    use super::super::tests::{hostile, written};
    use super::*;

    #[test]
    fn a_page_holds_its_findings_and_none_of_their_markup() {
        let page = written(Form::Html);
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
        assert!(page.contains("critical") && page.contains("2026-03-01T08:30:00"), "{page}");
    }

    #[test]
    fn bars_widen_until_they_fit() {
        let mut timeline = Timeline::default();
        for minute in 0..100_000 {
            timeline.add(Timestamp::saturating_from_unix_millis(minute * 60_000), Severity::High);
        }
        assert!(timeline.span() <= BARS_MAX as i64);
        assert_eq!(timeline.bars.values().map(|counts| counts[Severity::High as usize]).sum::<u64>(), 100_000);
    }

    #[test]
    fn the_worst_rows_are_kept() {
        let mut page = Page::default();
        for line in 0..5000_u64 {
            page.add(Finding { line, score: line as f32 / 5000.0, ..hostile() });
        }
        let mut out = vec![];
        page.write(&Summary::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("The 2000 worst of 5000.") && text.contains("<td>4999<td>") && !text.contains("<td>2999<td>"));
    }
}
