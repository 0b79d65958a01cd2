//! Props in, callbacks out; a component never calls the server.

mod bar_list;
mod chart_panel;
mod controls;
mod counter;
mod event_table;
mod failure;
mod forms;
mod loaded;
mod range;
mod spark;
mod time_cursor;
mod timeline;

pub(crate) use bar_list::{BarItem, BarList};
pub(crate) use chart_panel::ChartPanel;
pub(crate) use controls::{LiveIndicator, ThemeButton};
pub(crate) use counter::{Counter, Figure};
pub(crate) use event_table::{EventTable, ScoredLines, SeverityMark, provenance, row_class};
pub(crate) use failure::Failure;
pub(crate) use forms::{Danger, EmailField, Password, PasswordField};
pub(crate) use loaded::loaded;
pub(crate) use range::RangeLinks;
pub(crate) use spark::Spark;
pub(crate) use timeline::Timeline;
