//! Schema `table`: a row among those of its table, in columns that every table has: how far its
//! numbers are from those of their columns, how rare its words, how much is missing, and in a series
//! how far it is from its season and level. So one model reads tables of any columns.

use super::column::{bits, signed};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    FarthestZ,
    SecondZ,
    MeanZ,
    Outliers,
    Variance,
    Missing,
    RarestCategory,
    MeanCategory,
    HighestRank,
    MeanRank,
    HighestResidual,
    MeanResidual,
    Change,
}

impl Column {
    pub(crate) const ALL: [Self; 13] = [
        Self::FarthestZ,
        Self::SecondZ,
        Self::MeanZ,
        Self::Outliers,
        Self::Variance,
        Self::Missing,
        Self::RarestCategory,
        Self::MeanCategory,
        Self::HighestRank,
        Self::MeanRank,
        Self::HighestResidual,
        Self::MeanResidual,
        Self::Change,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FarthestZ => "z_max",
            Self::SecondZ => "z_second",
            Self::MeanZ => "z_mean",
            Self::Outliers => "outliers",
            Self::Variance => "z_variance",
            Self::Missing => "missing",
            Self::RarestCategory => "category_rarity_max",
            Self::MeanCategory => "category_rarity_mean",
            Self::HighestRank => "rank_max",
            Self::MeanRank => "rank_mean",
            Self::HighestResidual => "residual_max",
            Self::MeanResidual => "residual_mean",
            Self::Change => "change_max",
        }
    }
}

/// So many deviations make a number an outlier.
const OUTLIER_DEVIATIONS: f32 = 3.0;

/// What is known of a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// Of each number, from the middle of its column.
    pub(crate) deviations: Vec<f32>,
    /// The same by rank, as if the column were spread like a bell.
    pub(crate) ranks: Vec<f32>,
    /// Bits of surprise of each category.
    pub(crate) categories: Vec<f32>,
    pub(crate) missing_share: f32,
    /// From the season and level, in a series.
    pub(crate) residuals: Vec<f32>,
    pub(crate) changes: Vec<f32>,
}

impl Row {
    /// Adds the columns.
    pub(crate) fn push(&self, row: &mut Vec<f32>) {
        let apart: Vec<f32> = self.deviations.iter().map(|z| z.abs()).collect();
        let [farthest, second] = two_highest(&apart);
        let outliers = apart.iter().filter(|z| **z > OUTLIER_DEVIATIONS).count() as f32 / apart.len().max(1) as f32;
        let mean_z = mean(&self.deviations);
        let variance = mean(&self.deviations.iter().map(|z| (z - mean_z) * (z - mean_z)).collect::<Vec<f32>>());
        let ranks: Vec<f32> = self.ranks.iter().map(|rank| rank.abs()).collect();
        for column in Column::ALL {
            row.push(match column {
                Column::FarthestZ => signed(farthest),
                Column::SecondZ => signed(second),
                Column::MeanZ => signed(mean(&apart)),
                Column::Outliers => outliers,
                Column::Variance => bits(variance),
                Column::Missing => self.missing_share.clamp(0.0, 1.0),
                Column::RarestCategory => bits(two_highest(&self.categories)[0]),
                Column::MeanCategory => bits(mean(&self.categories)),
                Column::HighestRank => signed(two_highest(&ranks)[0]),
                Column::MeanRank => signed(mean(&ranks)),
                Column::HighestResidual => bits(two_highest(&self.residuals)[0]),
                Column::MeanResidual => bits(mean(&self.residuals)),
                Column::Change => bits(two_highest(&self.changes)[0]),
            });
        }
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn two_highest(values: &[f32]) -> [f32; 2] {
    values.iter().fold([0.0, 0.0], |[first, second], value| match *value {
        value if value > first => [value, first],
        value if value > second => [first, value],
        _ => [first, second],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_any_width_has_the_same_columns() {
        let usual = Row { deviations: vec![0.1, -0.2], ..Row::default() };
        let odd = Row { deviations: vec![0.1, -9.0, 4.0], missing_share: 0.25, categories: vec![7.0], ..Row::default() };
        let mut rows = Vec::new();
        usual.push(&mut rows);
        odd.push(&mut rows);
        Row::default().push(&mut rows);
        assert_eq!(rows.len(), 3 * Column::ALL.len());
        let at = |row: usize, column: Column| rows[row * Column::ALL.len() + column as usize];
        assert!(at(1, Column::FarthestZ) > 0.8 && at(0, Column::FarthestZ) < 0.6);
        assert!((at(1, Column::Outliers) - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!((at(1, Column::Missing), at(2, Column::FarthestZ)), (0.25, 0.5));
    }
}
