//! How large a page's responses are: mean and spread of the logarithm, in whole numbers, so that
//! sums do not depend on their order.

use super::counts::Map;
use crate::feature::log2;

const STEPS: f32 = 256.0;
const PAGES_MAX: usize = 1 << 16;
/// Of fewer responses a page's own spread is not known.
const RESPONSES_MIN: u32 = 12;
/// Responses differ so much at least, in doublings.
const SPREAD_MIN: f32 = 0.35;

#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: u32,
    sum: u64,
    squares: u64,
}

impl Moments {
    fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum += other.sum;
        self.squares += other.squares;
    }

    fn deviations(self, size: f32) -> f32 {
        let count = f64::from(self.count);
        let mean = self.sum as f64 / count;
        let spread = (self.squares as f64 / count - mean * mean).max(0.0).sqrt() as f32 / STEPS;
        (size - mean as f32 / STEPS) / spread.max(SPREAD_MIN)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Sizes {
    all: Moments,
    pages: Map<Moments>,
    order: Vec<u64>,
}

impl Sizes {
    pub(super) fn add(&mut self, page: u64, bytes: u64) {
        let size = (doublings(bytes) * STEPS) as u64;
        self.add_moments(page, Moments { count: 1, sum: size, squares: size * size });
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        for page in &other.order {
            if let Some(moments) = other.pages.get(page) {
                self.add_moments(*page, *moments);
            }
        }
    }

    /// Standard deviations above what is usual, of the page and of all; a page that is hardly known has only the second.
    pub(super) fn deviations(&self, page: u64, bytes: u64) -> (Option<f32>, f32) {
        let size = doublings(bytes);
        let of_page = self.pages.get(&page).filter(|page| page.count >= RESPONSES_MIN).map(|page| page.deviations(size));
        let of_all = if self.all.count >= RESPONSES_MIN { self.all.deviations(size) } else { 0.0 };
        (of_page, of_all)
    }

    fn add_moments(&mut self, page: u64, moments: Moments) {
        self.all.add(moments);
        if let Some(known) = self.pages.get_mut(&page) {
            known.add(moments);
        } else if self.pages.len() < PAGES_MAX {
            self.pages.insert(page, moments);
            self.order.push(page);
        }
    }
}

fn doublings(bytes: u64) -> f32 {
    log2(bytes.saturating_add(1) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_response_is_far_above_its_page() {
        let mut sizes = Sizes::default();
        for bytes in 0..100 {
            sizes.add(1, 2000 + bytes * 10);
        }
        let (of_page, of_all) = sizes.deviations(1, 48 << 20);
        assert!(of_page.is_some_and(|deviations| deviations > 10.0) && of_all > 10.0);
        assert!(sizes.deviations(1, 2400).0.is_some_and(|deviations| deviations < 1.0));
        assert_eq!(sizes.deviations(2, 2400).0, None);
    }
}
