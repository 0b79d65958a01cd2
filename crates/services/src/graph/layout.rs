//! Where the nodes of a graph are drawn: they push each other away, links pull. It is done here and not in the browser, so that
//! the same graph is always drawn the same way and nothing moves while somebody looks.

/// More rounds change little.
const ROUNDS: usize = 80;
/// What is far away pushes as one for each field of a grid of so many rows and columns.
const GRID: usize = 16;
/// Fewer nodes are not worth a grid.
const GRID_NODES_MIN: usize = 300;
/// How much of a place is its rank among all, of 1.
const EVENNESS: f32 = 0.65;
/// Pulls all to the middle, so that what has no links does not drift away.
const GRAVITY: f32 = 0.6;

/// A place for each node, from -1 to 1.
pub(super) fn places(nodes: usize, links: &[[u32; 2]]) -> Vec<[f32; 2]> {
    if nodes == 0 {
        return Vec::new();
    }
    // On a sunflower's head no two are at one place, and neighbours in the list are far from each other.
    let mut at: Vec<[f32; 2]> = (0..nodes)
        .map(|node| {
            let (turn, radius) = (node as f32 * 2.399_963, ((node as f32 + 0.5) / nodes as f32).sqrt());
            [turn.cos() * radius, turn.sin() * radius]
        })
        .collect();
    // The distance at which a link and a push are in balance.
    let ideal = (2.0 / nodes as f32).sqrt();
    for round in 0..ROUNDS {
        let grid = (nodes >= GRID_NODES_MIN).then(|| Grid::new(&at));
        let strength = ideal * ideal;
        let mut moves: Vec<[f32; 2]> = at
            .iter()
            .map(|place| {
                let [x, y] = match &grid {
                    Some(grid) => grid.push(*place, &at),
                    None => at.iter().fold([0.0, 0.0], |sum, other| pushed(sum, *place, *other, 1.0)),
                };
                [x * strength - place[0] * GRAVITY * ideal, y * strength - place[1] * GRAVITY * ideal]
            })
            .collect();
        for [from, to] in links {
            let (from, to) = (*from as usize, *to as usize);
            let (x, y) = (at[from][0] - at[to][0], at[from][1] - at[to][1]);
            let pull = (x * x + y * y).sqrt() / ideal;
            for (node, sign) in [(from, -1.0), (to, 1.0)] {
                moves[node][0] += sign * x * pull;
                moves[node][1] += sign * y * pull;
            }
        }
        // Steps get shorter, until all stands still.
        let longest = 0.2 * (1.0 - round as f32 / ROUNDS as f32) + 0.002;
        for (place, [x, y]) in at.iter_mut().zip(moves) {
            let length = (x * x + y * y).sqrt().max(1e-9);
            let step = length.min(longest) / length;
            *place = [place[0] + x * step, place[1] + y * step];
        }
    }
    evened(fitted(at))
}

/// Draws crowds apart: a place is partly where the forces put it and partly how many are on this side of it.
fn evened(mut at: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    // One alone is in the middle.
    let last = match at.len() {
        0 | 1 => return at,
        nodes => (nodes - 1) as f32,
    };
    for side in [0, 1] {
        let mut order: Vec<&mut [f32; 2]> = at.iter_mut().collect();
        order.sort_by(|one, other| one[side].total_cmp(&other[side]));
        for (rank, place) in order.into_iter().enumerate() {
            place[side] += (2.0 * rank as f32 / last - 1.0 - place[side]) * EVENNESS;
        }
    }
    at
}

/// Adds what so many at `other` push one at `place`. What is at the same place pushes nowhere.
fn pushed([sum_x, sum_y]: [f32; 2], place: [f32; 2], other: [f32; 2], many: f32) -> [f32; 2] {
    let (x, y) = (place[0] - other[0], place[1] - other[1]);
    let square = x * x + y * y + 1e-6;
    [sum_x + many * x / square, sum_y + many * y / square]
}

/// The nodes by where they are.
struct Grid {
    low: [f32; 2],
    step: [f32; 2],
    fields: Vec<Vec<u32>>,
    middles: Vec<[f32; 2]>,
}

impl Grid {
    fn new(at: &[[f32; 2]]) -> Self {
        let bounds = [0, 1]
            .map(|side| at.iter().fold((f32::MAX, f32::MIN), |(low, high), place| (low.min(place[side]), high.max(place[side]))));
        let step = bounds.map(|(low, high)| ((high - low) / GRID as f32).max(1e-6));
        let mut grid = Self { low: bounds.map(|(low, _)| low), step, fields: vec![vec![]; GRID * GRID], middles: vec![] };
        for (place, node) in at.iter().zip(0..) {
            let [column, row] = grid.field_of(*place);
            grid.fields[row * GRID + column].push(node);
        }
        let middle = |nodes: &Vec<u32>| {
            let sum = nodes.iter().fold([0.0, 0.0], |[x, y], node| [x + at[*node as usize][0], y + at[*node as usize][1]]);
            sum.map(|sum| sum / nodes.len().max(1) as f32)
        };
        grid.middles = grid.fields.iter().map(middle).collect();
        grid
    }

    fn field_of(&self, place: [f32; 2]) -> [usize; 2] {
        [0, 1].map(|side| (((place[side] - self.low[side]) / self.step[side]) as usize).min(GRID - 1))
    }

    fn push(&self, place: [f32; 2], at: &[[f32; 2]]) -> [f32; 2] {
        let [column, row] = self.field_of(place);
        let mut sum = [0.0, 0.0];
        for (field, nodes) in self.fields.iter().enumerate().filter(|(_, nodes)| !nodes.is_empty()) {
            let is_near = (field % GRID).abs_diff(column) <= 1 && (field / GRID).abs_diff(row) <= 1;
            if is_near {
                sum = nodes.iter().fold(sum, |sum, other| pushed(sum, place, at[*other as usize], 1.0));
            } else {
                sum = pushed(sum, place, self.middles[field], nodes.len() as f32);
            }
        }
        sum
    }
}

fn fitted(mut at: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    for side in 0..2 {
        let (low, high) = at.iter().fold((f32::MAX, f32::MIN), |(low, high), place| (low.min(place[side]), high.max(place[side])));
        let (middle, half) = ((low + high) / 2.0, ((high - low) / 2.0).max(1e-6));
        let is_point = high - low < 1e-6;
        at.iter_mut().for_each(|place| place[side] = if is_point { 0.0 } else { (place[side] - middle) / half });
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(one: [f32; 2], other: [f32; 2]) -> f32 {
        ((one[0] - other[0]).powi(2) + (one[1] - other[1]).powi(2)).sqrt()
    }

    #[test]
    fn every_node_has_a_place_of_its_own_within_the_bounds() {
        for nodes in [0, 1, 2, 3, 50, 700] {
            let links: Vec<[u32; 2]> = (1..nodes as u32).map(|node| [node / 2, node]).collect();
            let at = places(nodes, &links);
            assert_eq!(at.len(), nodes);
            assert!(at.iter().flatten().all(|value| (-1.0..=1.0).contains(value)), "{nodes}");
            for one in 0..nodes.min(60) {
                assert!((0..one).all(|other| distance(at[one], at[other]) > 1e-3), "{one} of {nodes}");
            }
        }
    }

    #[test]
    fn those_that_are_linked_are_near() {
        let links: Vec<[u32; 2]> =
            (0..20).flat_map(|one| [[0, one * 2], [1, one * 2 + 1]]).filter(|[from, to]| from != to).collect();
        let at = places(40, &links);
        let mean = |places: Vec<f32>| places.iter().sum::<f32>() / places.len() as f32;
        let own = mean((1..20).map(|one| distance(at[0], at[one * 2])).collect());
        let foreign = mean((1..20).map(|one| distance(at[0], at[one * 2 + 1])).collect());
        assert!(own * 1.5 < foreign, "{own} {foreign}");
    }

    #[test]
    fn the_same_graph_is_drawn_the_same_way() {
        assert_eq!(places(30, &[[0, 1], [3, 9]]), places(30, &[[0, 1], [3, 9]]));
    }
}
