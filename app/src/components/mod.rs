//! Props in, callbacks out; a component never calls the server.

mod chart_panel;
mod controls;
mod counter;
mod event_table;
mod forms;
mod loaded;
mod timeline;

pub(crate) use chart_panel::ChartPanel;
pub(crate) use controls::{LiveIndicator, RangeLinks, ThemeButton};
pub(crate) use counter::Counter;
pub(crate) use event_table::{EventTable, ScoredLines, SeverityMark, provenance, row_class};
pub(crate) use forms::{Danger, EmailField, Password, PasswordField};
pub(crate) use loaded::loaded;
pub(crate) use timeline::Timeline;
