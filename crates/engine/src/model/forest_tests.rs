use super::*;

/// A cloud of rows around 0 with one far away, as the last.
fn cloud(rows: usize, width: usize) -> Vec<f32> {
    let mut random = SplitMix64::new(5);
    let mut values: Vec<f32> = (0..(rows - 1) * width).map(|_| random.unit() + random.unit() - 1.0).collect();
    values.extend(vec![4.0; width]);
    values
}

/// What the definition says, one row and one node at a time.
fn plain_score(forest: &Forest, row: &[f32]) -> f32 {
    let path = |tree: &Tree| {
        let mut index = 0;
        loop {
            match tree.nodes[index] {
                TreeNode::Leaf { path } => return path,
                TreeNode::Split { feature, threshold, right } => {
                    index = if clean(row[feature]) <= threshold { index + 1 } else { right };
                }
            }
        }
    };
    forest.score_of(forest.trees.iter().map(path).sum())
}

#[test]
fn the_kernel_gives_what_the_definition_says() {
    for (rows, width) in [(1, 1), (2, 3), (15, 8), (17, 9), (300, 24), (70, 57), (40, 100), (33, 300)] {
        let values = cloud(rows, width);
        let forest = Forest::fit(&values, width, 3);
        let scores = forest.score(&values);
        assert_eq!(scores.len(), rows);
        for (row, score) in values.chunks_exact(width).zip(scores) {
            assert_eq!(score, plain_score(&forest, row), "{rows} x {width}");
        }
    }
}

#[test]
fn what_is_far_from_the_rest_scores_highest() {
    for width in [1, 2, 10] {
        let values = cloud(1000, width);
        let scores = Forest::fit(&values, width, 1).score(&values);
        let last = scores[999];
        assert!(scores[..999].iter().all(|score| *score < last) && last > 0.7, "{last}");
        assert!(scores[..999].iter().sum::<f32>() / 999.0 < 0.55);
    }
}

#[test]
fn the_same_seed_gives_the_same_forest_and_another_another() {
    let values = cloud(500, 4);
    assert_eq!(Forest::fit(&values, 4, 9), Forest::fit(&values, 4, 9));
    assert_ne!(Forest::fit(&values, 4, 9), Forest::fit(&values, 4, 10));
}

#[test]
fn missing_and_infinite_numbers_count_as_the_missing_one() {
    let values = cloud(300, 2);
    let forest = Forest::fit(&values, 2, 1);
    let expected = forest.score(&[MISSING, MISSING])[0];
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -f32::NAN, -0.0];
    for value in odd {
        assert_eq!(forest.score(&[value, MISSING]), [expected], "{value}");
    }
    let mut damaged = values;
    damaged[..5].copy_from_slice(&odd);
    let scores = Forest::fit(&damaged, 2, 1).score(&damaged);
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
}

#[test]
fn rows_without_differences_and_no_rows_at_all_score_the_same() {
    let constant = vec![7.0; 600];
    let scores = Forest::fit(&constant, 3, 1).score(&constant);
    assert!(scores.iter().all(|score| (score - 0.5).abs() < 1e-6));
    assert!(Forest::fit(&[], 3, 1).score(&[]).is_empty());
    assert!(Forest::fit(&[], 0, 1).score(&[]).is_empty());
    assert_eq!(Forest::fit(&[], 2, 1).score(&[1.0, 2.0]).len(), 1);
    let extremes = [f32::MAX, f32::MIN, 0.0, f32::MAX, f32::MIN, 1.0];
    assert_eq!(Forest::fit(&extremes, 1, 1).score(&extremes).len(), 6);
}

#[test]
fn whole_numbers_keep_the_order_of_floats() {
    let floats = [f32::MIN, -1.5, -1.0, -f32::MIN_POSITIVE, -0.0, f32::MIN_POSITIVE, 1.0, 1.5, f32::MAX];
    assert!(floats.map(order_of).is_sorted_by(|a, b| a < b));
    assert_eq!(order_of(-0.0), order_of(0.0));
}
