//! `GET /api/export`: what a question finds, as a file.
//!
//! The file is made page by page while the client takes it, so one page is in memory however large it is, and who goes away
//! ends it. Whoever has no right any more gets no further page. What fails midway breaks the connection off: a file that is not
//! whole must not look like one that is.

use axum::{
    Extension,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::{AppendHeaders, IntoResponse},
};
use futures::{StreamExt, stream};
use radar_services::{Actor, Asker, Export};
use radar_types::query::{Order, Period};
use radar_types::wire::Row;
use radar_types::{Reason, Severity, Span, Verdict};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::warn;
use utoipa::ToSchema;

use super::{asker::Proof, live::LOOK_AGAIN, openapi::Fails, problem::Failure};
use crate::csv::cell;
use crate::{AppState, state::now};

#[derive(Deserialize)]
pub(super) struct Asked {
    format: ExportFormat,
    #[serde(default)]
    question: String,
    span: Span,
    #[serde(default)]
    order: ExportOrder,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(rename_all = "lowercase")]
pub(super) enum ExportFormat {
    Csv,
    Jsonl,
}

/// In which pages join.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(rename_all = "lowercase")]
pub(super) enum ExportOrder {
    #[default]
    Newest,
    Oldest,
}

/// Events as a file
///
/// All that a question finds: a table with a header, in which no cell is a formula, or a `Row` in JSON for each line. A file that
/// could not be finished is broken off.
#[utoipa::path(
    get,
    path = "/api/export",
    tag = "Events",
    params(
        ("format" = ExportFormat, Query, description = "A table, or JSON lines"),
        ("question" = Option<String>, Query, nullable = false, description = "Which events; all of them without one"),
        ("span" = Span, Query, description = "Of which time"),
        ("order" = Option<ExportOrder>, Query, nullable = false, description = "Which come first"),
    ),
    responses(
        (status = 200, description = "The file", content((String = "text/csv"), (String = "application/x-ndjson"))),
        Fails<400>, Fails<404>, Fails<500>, Fails<503>, Fails<507>,
    ),
    security((), ("token" = ["read"]), ("session" = [])),
)]
pub(super) async fn export(
    State(state): State<AppState>,
    Extension(asker): Extension<Asker>,
    Extension(proof): Extension<Proof>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<impl IntoResponse, Failure> {
    let Query(Asked { format, question, span, order }) = asked?;
    let order = match order {
        ExportOrder::Newest => Order::Newest,
        ExportOrder::Oldest => Order::Oldest,
    };
    let mut export = state.services.export(&asker.actor, asker.side, &question, span, order, now()).await?;
    let name = file_name(&export, format);
    let rights = state.services.rights();
    // What can't even begin is a failure that says so.
    let first = export.next().await?;
    let file = File { first, export, format, actor: asker.actor, proof, rights, state, looked: Instant::now() };
    let pages = stream::try_unfold(file, |mut file| async {
        let page = file.next().await.inspect_err(|error| warn!(error = &**error, "an export was broken off"))?;
        Ok(page.map(|page| (page, file)))
    });
    let body = Body::from_stream(stream::once(async move { Ok::<_, Broken>(format.head()) }).chain(pages));
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((AppendHeaders(headers), body))
}

/// An export, and whose it is.
struct File {
    first: Option<Vec<Row>>,
    export: Export,
    format: ExportFormat,
    actor: Actor,
    proof: Proof,
    rights: watch::Receiver<()>,
    state: AppState,
    looked: Instant,
}

/// Why an export was broken off.
type Broken = Box<dyn std::error::Error + Send + Sync>;

impl File {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        let rows = match self.first.take() {
            Some(first) => Some(first),
            None => self.export.next().await?,
        };
        if *self.state.stopping().borrow() {
            return Err("the server stops".into());
        }
        // Only now: what was found may be nothing because the collection went with the right to it.
        if self.rights.has_changed().unwrap_or(true) || self.looked.elapsed() >= LOOK_AGAIN {
            self.rights.mark_unchanged();
            self.looked = Instant::now();
            if !self.proof.still_shows(&self.actor, &self.state).await? {
                return Err("whoever asked may not any more".into());
            }
        }
        Ok(rows.map(|rows| self.format.written(&rows)).transpose()?)
    }
}

const COLUMNS: &str = "seq,timestamp,hostname,source,os_type,level,severity,score,verdict,template,reasons,message,user,address,channel,\
    record_id,collector,fields,raw,model,id\r\n";

impl ExportFormat {
    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => COLUMNS.into(),
            Self::Jsonl => Vec::new(),
        }
    }

    fn written(self, rows: &[Row]) -> serde_json::Result<Vec<u8>> {
        let mut out = Vec::new();
        for row in rows {
            match self {
                Self::Csv => out.extend(table_row(row).into_bytes()),
                Self::Jsonl => {
                    serde_json::to_writer(&mut out, row)?;
                    out.push(b'\n');
                }
            }
        }
        Ok(out)
    }
}

fn table_row(row: &Row) -> String {
    let (event, score) = (&row.scored.event, row.scored.score.score());
    let reasons: Vec<&str> = row.scored.reasons.iter().map(|Reason { text, .. }| text.as_str()).collect();
    let or_nothing = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
    let number = |number: f32| format!("{number:.4}");
    let cells = [
        row.seq.0.to_string(),
        event.timestamp.to_string(),
        cell(&event.hostname),
        cell(&event.source),
        cell(&event.os_type),
        cell(&event.level),
        row.severity.map(Severity::name).unwrap_or_default().into(),
        score.map(|score| number(score.calibrated)).unwrap_or_default(),
        row.verdict.map(Verdict::name).unwrap_or_default().into(),
        row.scored.template.map(|template| template.to_string()).unwrap_or_default(),
        cell(&reasons.join("; ")),
        cell(&event.message),
        or_nothing(&event.user),
        or_nothing(&event.address),
        or_nothing(&event.channel),
        or_nothing(&event.record_id),
        cell(&event.collector),
        if event.fields.is_empty() { String::new() } else { cell(&json!(event.fields).to_string()) },
        score.map(|score| number(score.raw)).unwrap_or_default(),
        score.map(|score| cell(&score.model)).unwrap_or_default(),
        row.scored.id.to_string(),
    ];
    cells.join(",") + "\r\n"
}

/// Of plain letters, so that it means the same to every system.
fn file_name(export: &Export, format: ExportFormat) -> String {
    let Period { from, to } = export.period();
    let [from, to] = [from, to].map(|time| time.to_string().replace(|letter: char| !letter.is_ascii_alphanumeric(), ""));
    format!("radar-{from}-{to}.{}", format.ending())
}

#[cfg(test)]
mod tests {
    use radar_engine::{Engine, parse};
    use radar_types::Timestamp;
    use radar_types::wire::Seq;

    use super::*;

    fn rows(events: serde_json::Value) -> Vec<Row> {
        let events = parse::json_records(events.to_string().as_bytes(), Timestamp::MIN, &parse::Limits::default()).events;
        let scored = Engine::shipped().unwrap().score(parse::with_ids(events.into_iter().map(|(_, event)| event).collect()));
        scored.into_iter().map(|scored| Row { seq: Seq(1), severity: None, scored, verdict: Some(Verdict::Expected) }).collect()
    }

    fn hostile() -> Vec<Row> {
        let text = "=cmd|' /C calc'!A0";
        rows(json!([{
            "timestamp": "2026-03-01T08:30:00Z", "hostname": text, "source": text, "os_type": text, "level": text,
            "message": "+1\",\r\n=2+5", "collector": text, "user": text, "address": "@SUM(A1)", "channel": "-1", "record_id": "\t=1",
            "=1": "=1",
        }]))
    }

    #[test]
    fn a_row_has_a_cell_for_each_column_and_none_is_a_formula() {
        let rows = hostile();
        assert_eq!(rows.len(), 1);
        let text = String::from_utf8(ExportFormat::Csv.written(&rows).unwrap()).unwrap();
        let cells = cells(text.strip_suffix("\r\n").unwrap());
        assert_eq!(cells.len(), COLUMNS.split(',').count());
        for cell in &cells {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{cell}");
        }
        assert_eq!(cells[11], "'+1\",\r\n=2+5");
        assert_eq!(cells[8], "expected");
    }

    /// As a spreadsheet reads them.
    fn cells(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut is_quoted = false;
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if is_quoted && characters.next_if_eq(&'"').is_some() => cells.last_mut().unwrap().push('"'),
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        cells
    }

    #[test]
    fn a_line_of_json_is_a_row() {
        let rows = hostile();
        let lines = String::from_utf8(ExportFormat::Jsonl.written(&rows).unwrap()).unwrap();
        assert_eq!(lines.lines().count(), 1);
        assert_eq!(serde_json::from_str::<Row>(&lines).unwrap(), rows[0]);
    }
}
