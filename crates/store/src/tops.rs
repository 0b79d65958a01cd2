//! Counting the values of a field.

use std::collections::HashMap;

use radar_types::Severity;

use crate::{Top, page};

/// The values that were met so far.
#[derive(Debug, Default)]
pub(crate) struct Tops {
    counted: HashMap<String, (u64, Option<Severity>)>,
}

impl Tops {
    /// Counts events with this value; `worst` is the worst of them.
    pub(crate) fn add(&mut self, value: &str, count: u64, worst: Option<Severity>) {
        if let Some((counted, worst_counted)) = self.counted.get_mut(value) {
            *counted += count;
            *worst_counted = worst.max(*worst_counted);
        } else {
            self.counted.insert(value.to_owned(), (count, worst));
        }
    }

    pub(crate) fn distinct(&self) -> u64 {
        self.counted.len() as u64
    }

    /// The most frequent first, and of equally frequent ones the first in the order of their bytes.
    pub(crate) fn into_top(self, asked: u32) -> Vec<Top> {
        let mut top: Vec<Top> = self.counted.into_iter().map(|(value, (count, worst))| Top { value, count, worst }).collect();
        top.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        top.truncate(page::limit(asked));
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_values_come_first_and_equal_ones_by_their_bytes() {
        let mut tops = Tops::default();
        for value in ["b", "a", "Z", "b", "é", ""] {
            tops.add(value, 1, None);
        }
        assert_eq!(tops.distinct(), 5);
        let values: Vec<String> = tops.into_top(4).into_iter().map(|top| top.value).collect();
        assert_eq!(values, ["b", "", "Z", "a"]);
    }

    #[test]
    fn the_worst_is_that_of_all_and_none_without_a_score() {
        let mut tops = Tops::default();
        for worst in [None, Some(Severity::High), Some(Severity::Low), None] {
            tops.add("scored", 1, worst);
        }
        tops.add("unscored", 2, None);
        let top = tops.into_top(10);
        assert_eq!(top[0], Top { value: "scored".into(), count: 4, worst: Some(Severity::High) });
        assert_eq!(top[1], Top { value: "unscored".into(), count: 2, worst: None });
    }
}
