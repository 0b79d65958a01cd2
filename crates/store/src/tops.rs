//! Counting the values of a field.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use radar_types::Severity;

use crate::{Pair, Partly, Top, page};

/// So many different values are counted, if they are no larger together than this. Of a field that has more, those that come up
/// first are counted to the end, and the answer says that it is a part.
pub(crate) const VALUES_MAX: usize = 100_000;
const VALUES_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The values that were met so far.
pub(crate) type Tops = Counts<String>;

/// The pairs of values of two fields that were met so far.
pub(crate) type PairTops = Counts<[String; 2]>;

#[derive(Debug)]
pub(crate) struct Counts<K> {
    counted: HashMap<K, (u64, Option<Severity>)>,
    bytes: usize,
    is_partial: bool,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self { counted: HashMap::new(), bytes: 0, is_partial: false }
    }
}

impl Tops {
    /// Counts events with this value; `worst` is the worst of them.
    pub(crate) fn add(&mut self, value: &str, count: u64, worst: Option<Severity>) {
        self.add_sized(value, value.len(), count, worst);
    }
}

impl PairTops {
    /// Counts events with these values; `worst` is the worst of them.
    pub(crate) fn add(&mut self, values: &[String; 2], count: u64, worst: Option<Severity>) {
        self.add_sized(values, values.iter().map(String::len).sum(), count, worst);
    }
}

impl<K: Hash + Ord> Counts<K> {
    fn add_sized<Q>(&mut self, value: &Q, bytes: usize, count: u64, worst: Option<Severity>)
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq + ToOwned<Owned = K>,
    {
        if let Some((counted, worst_counted)) = self.counted.get_mut(value) {
            *counted += count;
            *worst_counted = worst.max(*worst_counted);
        } else if self.room() > 0 && self.bytes + bytes <= VALUES_BYTES_MAX {
            self.bytes += bytes;
            self.counted.insert(value.to_owned(), (count, worst));
        } else {
            self.is_partial = true;
        }
    }

    /// How many other values can still be counted.
    pub(crate) fn room(&self) -> usize {
        VALUES_MAX - self.counted.len()
    }

    /// Something was met that is not counted.
    pub(crate) fn leave_out(&mut self) {
        self.is_partial = true;
    }
}

impl<K: Ord> Partly<Counts<K>> {
    /// The most frequent first, and of equally frequent ones the first in the order of their bytes.
    fn most_frequent<T>(self, asked: u32, make: impl FnMut((K, (u64, Option<Severity>))) -> T) -> Partly<Vec<T>> {
        let Counts { counted, is_partial, .. } = self.value;
        let mut top: Vec<_> = counted.into_iter().collect();
        top.sort_unstable_by(|(a, (a_count, _)), (b, (b_count, _))| b_count.cmp(a_count).then_with(|| a.cmp(b)));
        top.truncate(page::limit(asked));
        Partly { value: top.into_iter().map(make).collect(), is_partial: self.is_partial || is_partial }
    }
}

impl Partly<Tops> {
    pub(crate) fn distinct(self) -> Partly<u64> {
        Partly { is_partial: self.is_partial || self.value.is_partial, value: self.value.counted.len() as u64 }
    }

    pub(crate) fn into_top(self, asked: u32) -> Partly<Vec<Top>> {
        self.most_frequent(asked, |(value, (count, worst))| Top { value, count, worst })
    }
}

impl Partly<PairTops> {
    pub(crate) fn into_pairs(self, asked: u32) -> Partly<Vec<Pair>> {
        self.most_frequent(asked, |(values, (count, worst))| Pair { values, count, worst })
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
        let values: Vec<String> = Partly::whole(tops).into_top(4).value.into_iter().map(|top| top.value).collect();
        assert_eq!(values, ["b", "", "Z", "a"]);
    }

    #[test]
    fn the_worst_is_that_of_all_and_none_without_a_score() {
        let mut tops = Tops::default();
        for worst in [None, Some(Severity::High), Some(Severity::Low), None] {
            tops.add("scored", 1, worst);
        }
        tops.add("unscored", 2, None);
        let top = Partly::whole(tops).into_top(10).value;
        assert_eq!(top[0], Top { value: "scored".into(), count: 4, worst: Some(Severity::High) });
        assert_eq!(top[1], Top { value: "unscored".into(), count: 2, worst: None });
    }

    /// So many values of so many bytes, each once, and then the first again.
    fn many(values: usize, bytes: usize) -> Tops {
        let mut tops = Tops::default();
        for number in (0..values).chain([0]) {
            let number = number.to_string();
            tops.add(&("x".repeat(bytes.saturating_sub(number.len())) + &number), 1, None);
        }
        tops
    }

    #[test]
    fn too_many_values_are_counted_in_part() {
        assert_eq!(Partly::whole(many(VALUES_MAX, 1)).distinct(), Partly::whole(VALUES_MAX as u64));
        let part = Partly { value: VALUES_MAX as u64, is_partial: true };
        assert_eq!(Partly::whole(many(VALUES_MAX + 1, 1)).distinct(), part);
        let top = Partly::whole(many(VALUES_MAX + 1, 1)).into_top(1);
        assert!(top.is_partial);
        assert_eq!(top.value[0], Top { value: "0".into(), count: 2, worst: None });
    }

    #[test]
    fn values_that_are_too_large_together_are_counted_in_part() {
        let (bytes, most) = (1024 * 1024, VALUES_BYTES_MAX as u64 / (1024 * 1024));
        assert_eq!(Partly::whole(many(64, bytes)).distinct(), Partly::whole(most));
        assert_eq!(Partly::whole(many(66, bytes)).distinct(), Partly { value: most, is_partial: true });
    }

    #[test]
    fn a_part_stays_a_part() {
        let late = || Partly { value: many(2, 1), is_partial: true };
        assert!(late().distinct().is_partial && late().into_top(1).is_partial);
        assert!(!Partly::whole(many(2, 1)).into_top(1).is_partial);
    }
}
