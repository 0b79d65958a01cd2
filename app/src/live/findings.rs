use radar_types::{
    Severity, TemplateId, Timestamp,
    query::Period,
    wire::{Overview, Row, Seq},
};

/// The newest anomalies of a range, the newest first: those that the server found, and those that the feed told of since.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    rows: Vec<Row>,
    period: Period,
    /// In order.
    muted: Vec<TemplateId>,
}

impl Findings {
    pub(crate) const ROWS_MAX: usize = 50;

    pub(crate) fn new(overview: &Overview) -> Self {
        let mut findings = Self { rows: Vec::new(), period: period(overview), muted: overview.muted.clone() };
        findings.add(&overview.findings);
        findings
    }

    /// Takes those of the range that are unusual and of no muted pattern.
    pub(crate) fn add(&mut self, rows: &[Row]) {
        for row in rows {
            let is_muted = row.scored.template.is_some_and(|template| self.muted.binary_search(&template).is_ok());
            let is_unusual = row.severity.is_some_and(Severity::is_anomaly);
            let is_finding = is_unusual && !is_muted && self.period.contains(row.scored.event.timestamp);
            if is_finding && let Err(place) = self.rows.binary_search_by(|known| order(row).cmp(&order(known))) {
                self.rows.insert(place, row.clone());
            }
        }
        self.rows.truncate(Self::ROWS_MAX);
    }

    /// The server knows better, but for what arrived while it answered.
    pub(crate) fn refresh(&mut self, overview: &Overview) {
        let known = std::mem::replace(self, Self::new(overview)).rows;
        let later: Vec<Row> = known.into_iter().filter(|row| row.seq > overview.last_seq).collect();
        self.add(&later);
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.rows.clone()
    }
}

/// A range up to now goes on until its figures are asked for again.
fn period(overview: &Overview) -> Period {
    let period = Period { from: overview.from, to: overview.to };
    let slack = if overview.span.is_live() { period.bar_millis() } else { 0 };
    Period { to: period.to.saturating_add_millis(slack), ..period }
}

fn order(row: &Row) -> (Timestamp, Seq) {
    (row.scored.event.timestamp, row.seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use radar_types::{
        Event, Range, ScoreState, Scored, Span,
        wire::{Learning, Tally},
    };

    fn row(seq: u64, second: i64, severity: Severity) -> Row {
        let event = Event::at(Timestamp::saturating_from_unix_millis(second * 1000));
        let scored = Scored { id: event.id(seq), event, score: ScoreState::NotScored, reasons: vec![], template: None };
        Row { seq: Seq(seq), severity: Some(severity), verdict: None, scored }
    }

    fn overview(span: Span, last_seq: u64, findings: Vec<Row>) -> Overview {
        let now = Timestamp::saturating_from_unix_millis(3_600_000);
        let Period { from, to } = span.period(now);
        Overview {
            span,
            from,
            to,
            is_partial: false,
            tally: Tally::default(),
            hosts: 0,
            timeline: vec![],
            as_of: now,
            newest: vec![],
            findings,
            muted: vec![],
            learning: Learning::default(),
            last_seq: Seq(last_seq),
        }
    }

    fn seqs(findings: &Findings) -> Vec<u64> {
        findings.rows.iter().map(|row| row.seq.0).collect()
    }

    const HOUR: Span = Span::Last(Range::Hour);

    #[test]
    fn only_what_is_unusual_and_in_the_range_is_a_finding() {
        let mut findings = Findings::new(&overview(HOUR, 0, vec![]));
        let inside = [
            row(1, 3000, Severity::Low),
            row(2, 3100, Severity::Safe),
            row(3, 1, Severity::Critical),
            row(4, 3605, Severity::High),
        ];
        findings.add(&inside);
        assert_eq!(seqs(&findings), [4, 1]);
        let template: TemplateId = "0123456789abcdef".parse().unwrap();
        let mut findings = Findings::new(&Overview { muted: vec![template], ..overview(HOUR, 0, vec![]) });
        let mut muted = row(5, 3000, Severity::High);
        muted.scored.template = Some(template);
        findings.add(&[muted, row(6, 3000, Severity::High)]);
        assert_eq!(seqs(&findings), [6], "what is muted is no finding");
        let past = "0-1000000".parse().unwrap();
        let mut findings = Findings::new(&overview(past, 0, vec![]));
        findings.add(&[row(1, 1000, Severity::High), row(2, 999, Severity::High)]);
        assert_eq!(seqs(&findings), [2]);
    }

    #[test]
    fn findings_stand_in_the_order_of_time_each_once() {
        let mut findings = Findings::new(&overview(HOUR, 0, vec![]));
        let late = row(9, 2000, Severity::High);
        findings.add(&[row(2, 3000, Severity::Low), row(1, 2500, Severity::Low)]);
        findings.add(&[late.clone(), row(2, 3000, Severity::Low)]);
        findings.add(&[late]);
        assert_eq!(seqs(&findings), [2, 1, 9]);
    }

    #[test]
    fn what_the_server_finds_replaces_all_but_what_is_newer() {
        let mut findings = Findings::new(&overview(HOUR, 2, vec![row(2, 2000, Severity::Low), row(1, 1900, Severity::Low)]));
        findings.add(&[row(5, 2100, Severity::High)]);
        findings.refresh(&overview(HOUR, 4, vec![row(4, 2050, Severity::Low), row(2, 2000, Severity::Low)]));
        assert_eq!(seqs(&findings), [5, 4, 2], "1 is gone and 5 is not yet known to the server");
        findings.refresh(&overview(HOUR, 5, vec![]));
        assert_eq!(seqs(&findings), [0; 0]);
    }

    #[test]
    fn findings_are_bounded() {
        let mut findings = Findings::new(&overview(HOUR, 0, vec![]));
        findings.add(&(0..500).map(|at| row(at, 1000 + at as i64, Severity::Low)).collect::<Vec<_>>());
        assert_eq!((findings.rows.len(), seqs(&findings)[0]), (Findings::ROWS_MAX, 499));
    }
}
