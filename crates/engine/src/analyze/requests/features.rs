//! A request as a row of the schema `http`.

use super::evidence::{Evidence, Found, Judge};
use super::target::split;
use super::{Doings, Requests, What};
use crate::feature::column::{bits, flag, signed};
use crate::feature::request::{Column, shape};
use crate::read::{Http, Record};

/// Deeper paths and more parameters are all alike.
const DEPTH_MAX: f32 = 8.0;
const PARAMETERS_MAX: f32 = 16.0;
/// So many requests a minute are half of a column.
const HALF_RATE: f32 = 60.0;

impl Requests {
    /// Rows of the schema `http`, one after the other; of a record without a request an empty one.
    pub(in crate::analyze) fn features(&self, records: &[&Record<'_>]) -> Vec<f32> {
        let mut judge = Judge::new(self);
        let mut rows = Vec::with_capacity(records.len() * Column::ALL.len());
        for (record, doings) in records.iter().zip(self.doings(records.iter().copied())) {
            let mut row = [0.0; Column::ALL.len()];
            if let Some(http) = &record.http {
                judge.points(record, http, doings);
                self.write(http, doings, judge.evidence(), &mut row);
            }
            rows.extend(row);
        }
        rows
    }

    fn write(&self, http: &Http<'_>, doings: Doings, evidence: &[(f32, Evidence)], row: &mut [f32]) {
        let mut set = |column: Column, value: f32| row[column as usize] = value.max(row[column as usize]);
        let hundred = http.status.map_or(0, |status| status / 100);
        for (column, of) in [(Column::Redirected, 3), (Column::Refused, 4), (Column::Failed, 5)] {
            set(column, flag(hundred == of));
        }
        let method = match http.method.as_ref() {
            "GET" | "HEAD" => 0.0,
            "POST" | "OPTIONS" => 0.4,
            "PUT" | "DELETE" | "PATCH" => 0.6,
            _ => 1.0,
        };
        set(Column::Method, method);
        let uri = http.uri.as_bytes();
        let (path, query) = split(uri);
        let escapes = uri.iter().filter(|byte| **byte == b'%').count() as f32;
        set(Column::Escapes, (3.0 * escapes / uri.len().max(1) as f32).min(1.0));
        let parameters = query.map_or(0, |query| super::parameters(query).count()) as f32;
        set(Column::Parameters, (parameters / PARAMETERS_MAX).min(1.0));
        let depth = path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).count() as f32;
        set(Column::Depth, (depth / DEPTH_MAX).min(1.0));
        let deviations = http.bytes.map_or(0.0, |bytes| {
            let (of_page, of_all) = self.sizes.deviations(super::Levels::of(path).page(), bytes);
            of_page.unwrap_or(of_all)
        });
        set(Column::BytesZ, signed(deviations));

        for (points, found) in evidence {
            let column = match found {
                Evidence::Content(Found::Path | Found::Name(_), _) => Column::PathEvidence,
                Evidence::Content(Found::Value(_), _) => Column::ValueEvidence,
                Evidence::Content(Found::Agent | Found::Referrer, _) => Column::AgentEvidence,
                Evidence::Content(Found::Method, _) | Evidence::Rare(What::Method | What::MethodHere, _) => Column::MethodRarity,
                Evidence::Rare(What::Level, _) | Evidence::Missing => Column::PathRarity,
                Evidence::Rare(What::Signature | What::Name(_), _) => Column::NameRarity,
                Evidence::Rare(What::Classes(_) | What::Runs(_) | What::Length(_), _)
                | Evidence::Choice(..)
                | Evidence::Long(..) => Column::ValueRarity,
                Evidence::Rare(What::Status | What::StatusHere, _) => Column::StatusRarity,
                Evidence::Rare(What::Agent | What::Protocol, _) => Column::AgentRarity,
                Evidence::Large(_) => Column::LargeResponse,
                // What a client does has columns of its own below.
                Evidence::Requests(_)
                | Evidence::Failures(_)
                | Evidence::Submissions(_)
                | Evidence::Attacker(_)
                | Evidence::Refused(_) => continue,
            };
            set(column, bits(*points));
        }

        let Doings { in_minute, in_all } = doings;
        let share = |count: u16| (f32::from(count) / f32::from(in_all.requests.max(1))).min(1.0);
        set(Column::ClientErrorShare, share(in_all.failures));
        set(Column::ClientAttackShare, share(in_all.others));
        let rate = |count: u16| f32::from(count) / (f32::from(count) + HALF_RATE);
        set(Column::RequestRate, rate(in_minute.requests));
        set(Column::FailureRate, rate(in_minute.failures));
        set(Column::SubmissionRate, rate(in_minute.others));
        self.norms.write(&shape(uri), row);
    }
}
