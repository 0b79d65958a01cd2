//! The columns of the table, as the reader chose them.

use radar_types::{query::Field, wire::Row};

use crate::format::visible;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Severity,
    Message,
    Score,
    Reason,
    Field(Field),
}

/// More are not shown.
const COLUMNS_MAX: usize = 12;

impl Column {
    /// Those that any event may fill.
    pub(super) const KNOWN: [Self; 13] = [
        Self::Severity,
        Self::Field(Field::Host),
        Self::Field(Field::Source),
        Self::Field(Field::Level),
        Self::Field(Field::User),
        Self::Field(Field::Address),
        Self::Field(Field::Channel),
        Self::Message,
        Self::Score,
        Self::Reason,
        Self::Field(Field::Template),
        Self::Field(Field::Verdict),
        Self::Field(Field::Collector),
    ];
    const USUAL: [Self; 6] =
        [Self::Severity, Self::Field(Field::Host), Self::Field(Field::Source), Self::Message, Self::Score, Self::Reason];

    /// As the address has it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Severity => "severity".into(),
            Self::Message => "message".into(),
            Self::Score => "score".into(),
            Self::Reason => "reason".into(),
            Self::Field(field) => field.name().into_owned(),
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "severity" => Self::Severity,
            "message" => Self::Message,
            "score" => Self::Score,
            "reason" => Self::Reason,
            name => Self::Field(Field::from_name(name)),
        }
    }

    /// As its head has it.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Field(Field::Named(name)) => visible(name),
            Self::Field(Field::Os) => "OS".into(),
            known => {
                let name = known.name();
                let mut characters = name.chars();
                characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
            }
        }
    }

    /// What decides its width.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Self::Severity => "is-severity",
            Self::Message => "is-message",
            Self::Score => "is-score",
            Self::Reason => "is-reason",
            Self::Field(_) => "is-field",
        }
    }
}

/// The columns that a parameter of the address names; of nothing, the usual ones.
pub(super) fn columns(parameter: &str) -> Vec<Column> {
    let mut found: Vec<Column> = Vec::new();
    for name in parameter.split(',').filter(|name| !name.is_empty()) {
        let column = Column::from_name(name);
        if !found.contains(&column) && found.len() < COLUMNS_MAX {
            found.push(column);
        }
    }
    if found.is_empty() { Column::USUAL.into() } else { found }
}

/// The parameter with a column more, or without one that was there.
pub(super) fn toggled(shown: &[Column], column: &Column) -> String {
    let mut shown = shown.to_vec();
    match shown.iter().position(|known| known == column) {
        Some(at) => {
            shown.remove(at);
        }
        None => {
            // The message takes what room is left, so what is new stands before it.
            let at = shown.iter().position(|known| *known == Column::Message).unwrap_or(shown.len());
            shown.insert(at, column.clone());
        }
    }
    if shown == Column::USUAL { String::new() } else { shown.iter().map(Column::name).collect::<Vec<_>>().join(",") }
}

/// What a field of an event holds, as text; what belongs to a score and not to the event has no such text.
pub(super) fn value(row: &Row, field: &Field) -> Option<String> {
    radar_types::query::Candidate { scored: &row.scored, verdict: row.verdict }.value(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_by_the_address() {
        assert_eq!(columns(""), Column::USUAL);
        assert_eq!(columns("message,host,host,"), [Column::Message, Column::Field(Field::Host)]);
        let own = Column::Field(Field::Named("LogonType".into()));
        assert_eq!(columns("LogonType"), std::slice::from_ref(&own));
        assert_eq!(own.label(), "LogonType");
        assert_eq!(Column::Field(Field::Host).label(), "Host");
        assert_eq!(columns(&(0..99).map(|at| format!("f{at}")).collect::<Vec<_>>().join(",")).len(), COLUMNS_MAX);
    }

    #[test]
    fn a_column_comes_before_the_message_and_goes_again() {
        let user = Column::Field(Field::User);
        let with = toggled(&columns(""), &user);
        assert_eq!(with, "severity,host,source,user,message,score,reason");
        assert_eq!(toggled(&columns(&with), &user), "", "the usual ones need no words");
        assert_eq!(toggled(&columns("message"), &Column::Message), "", "no column at all is no table");
    }
}
