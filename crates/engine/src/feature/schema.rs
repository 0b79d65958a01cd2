use super::{event, line, request, row};

/// The list of features that a model reads, under a name and a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Schema {
    /// `event`, version 1: what one event says by itself.
    EventAlone,
    /// `event`, version 2: an event among those of its log.
    Event,
    /// A request to a web server among those of its log.
    Http,
    /// A row among those of its table, whatever the columns.
    Table,
}

impl Schema {
    pub const ALL: [Self; 4] = [Self::EventAlone, Self::Event, Self::Http, Self::Table];

    pub fn name(self) -> &'static str {
        match self {
            Self::EventAlone | Self::Event => event::SCHEMA,
            Self::Http => "http",
            Self::Table => "table",
        }
    }

    pub fn version(self) -> u32 {
        match self {
            Self::EventAlone | Self::Http | Self::Table => 1,
            Self::Event => 2,
        }
    }

    /// The names of the columns, in order.
    pub fn features(self) -> Vec<&'static str> {
        match self {
            Self::EventAlone => event::Feature::ALL.map(event::Feature::name).to_vec(),
            Self::Event => line::names(),
            Self::Http => request::Column::ALL.map(request::Column::name).to_vec(),
            Self::Table => row::Column::ALL.map(row::Column::name).to_vec(),
        }
    }

    pub fn width(self) -> usize {
        match self {
            Self::EventAlone => event::WIDTH,
            Self::Event => line::WIDTH,
            Self::Http => request::Column::ALL.len(),
            Self::Table => row::Column::ALL.len(),
        }
    }

    pub fn find(name: &str, version: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|schema| schema.name() == name && schema.version() == version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_has_a_name_of_its_own_for_each_column() {
        for schema in Schema::ALL {
            let names = schema.features();
            assert_eq!(names.len(), schema.width());
            for (index, name) in names.iter().enumerate() {
                assert!(!names[..index].contains(name), "{name} stands twice in {schema:?}");
            }
            assert_eq!(Schema::find(schema.name(), schema.version()), Some(schema));
        }
        assert_eq!(Schema::find("event", 3), None);
    }
}
