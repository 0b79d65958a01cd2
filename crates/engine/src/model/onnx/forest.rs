//! An isolation forest as an ONNX file, and back: the trees as a `TreeEnsembleRegressor` whose targets
//! are the lengths of paths, and behind it the operators that make a score of their sum.

use prost::Message;

use super::super::forest::{DEPTH, FEATURES_MAX, Forest, Tree, TreeNode};
use super::super::{ModelError, TREES_MAX};
use super::{
    ATTRIBUTE_FLOATS, ATTRIBUTE_INT, ATTRIBUTE_INTS, ATTRIBUTE_STRING, ATTRIBUTE_STRINGS, AttributeProto, GraphProto, INPUT,
    ModelProto, NodeProto, SCORE, TREES_DOMAIN, declared_width, ensure, ensure_same, mismatch, push_cleaning, push_node,
    read_tensor, rows_of, score_of_rows, tensor,
};

const TREES: &str = "TreeEnsembleRegressor";
const LEAF: &[u8] = b"LEAF";
const SPLIT: &[u8] = b"BRANCH_LEQ";
const USUAL_PATHS: &str = "usual_paths";

impl Forest {
    /// An ONNX file of the forest, for any number of rows at once.
    pub fn to_onnx(&self, name: &str) -> Vec<u8> {
        ModelProto::around(self.graph(name), true).encode_to_vec()
    }

    /// Reads a file as [`Forest::to_onnx`] writes it, and checks that its trees can be walked.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self, ModelError> {
        let graph = ModelProto::read(bytes)?;
        let [input] = &graph.input[..] else { return Err(mismatch("one input", graph.input.len())) };
        let width = declared_width(input).and_then(|width| usize::try_from(width).ok());
        let Some(width) = width.filter(|width| *width <= FEATURES_MAX) else {
            return Err(mismatch(format!("up to {FEATURES_MAX} floats a row in {INPUT:?}"), "another shape"));
        };
        let Some(node) = graph.node.iter().find(|node| node.op_type == TREES) else { return Err(mismatch(TREES, "none")) };
        let trees = read_trees(node, width)?;
        let (_, usual) = read_tensor(USUAL_PATHS, &graph.initializer)?;
        let [usual_paths] = usual[..] else { return Err(mismatch(format!("one number in {USUAL_PATHS:?}"), usual.len())) };
        ensure(usual_paths < 0.0, format!("a number below 0 in {USUAL_PATHS:?}"), usual_paths)?;
        let forest = Self::of(width, -usual_paths, trees);
        ensure_same(&graph, &forest.graph(&graph.name))?;
        Ok(forest)
    }

    fn graph(&self, name: &str) -> GraphProto {
        let mut graph = GraphProto {
            name: name.into(),
            input: vec![rows_of(INPUT, self.width)],
            output: vec![score_of_rows()],
            ..GraphProto::default()
        };
        let clean = push_cleaning(&mut graph);
        let paths = push_node(&mut graph, TREES, "paths".into(), vec![clean], attributes(&self.trees));
        if let Some(node) = graph.node.last_mut() {
            node.domain = TREES_DOMAIN.into();
        }
        graph.initializer.push(tensor(USUAL_PATHS, &[1], &[-self.usual_paths]));
        graph.initializer.push(tensor("two", &[1], &[2.0]));
        let share = push_node(&mut graph, "Div", "share".into(), vec![paths, USUAL_PATHS.into()], Vec::new());
        push_node(&mut graph, "Pow", SCORE.into(), vec!["two".into(), share], Vec::new());
        graph
    }
}

fn attributes(trees: &[Tree]) -> Vec<AttributeProto> {
    let mut of_nodes = [const { Vec::<i64>::new() }; 5];
    let (mut thresholds, mut modes) = (Vec::new(), Vec::new());
    let mut of_leaves = [const { Vec::<i64>::new() }; 2];
    let mut paths = Vec::new();
    for (tree, Tree { nodes }) in (0..).zip(trees) {
        for (id, node) in (0..).zip(nodes) {
            let (feature, threshold, mode, left, right) = match node {
                TreeNode::Split { feature, threshold, right } => (*feature as i64, *threshold, SPLIT, id + 1, *right as i64),
                TreeNode::Leaf { .. } => (0, 0.0, LEAF, 0, 0),
            };
            for (list, number) in of_nodes.iter_mut().zip([tree, id, feature, left, right]) {
                list.push(number);
            }
            thresholds.push(threshold);
            modes.push(mode.to_vec());
            if let TreeNode::Leaf { path } = node {
                for (list, number) in of_leaves.iter_mut().zip([tree, id]) {
                    list.push(number);
                }
                paths.push(*path);
            }
        }
    }
    let default = AttributeProto::default;
    let ints = |name: &str, ints| AttributeProto { name: name.into(), ints, r#type: ATTRIBUTE_INTS, ..default() };
    let floats = |name: &str, floats| AttributeProto { name: name.into(), floats, r#type: ATTRIBUTE_FLOATS, ..default() };
    let text = |name: &str, s: &str| AttributeProto { name: name.into(), s: s.into(), r#type: ATTRIBUTE_STRING, ..default() };
    let [tree_ids, node_ids, features, lefts, rights] = of_nodes;
    let [leaf_trees, leaf_nodes] = of_leaves;
    vec![
        text("aggregate_function", "SUM"),
        text("post_transform", "NONE"),
        AttributeProto { name: "n_targets".into(), i: 1, r#type: ATTRIBUTE_INT, ..default() },
        ints("nodes_treeids", tree_ids),
        ints("nodes_nodeids", node_ids),
        ints("nodes_featureids", features),
        floats("nodes_values", thresholds),
        AttributeProto { name: "nodes_modes".into(), strings: modes, r#type: ATTRIBUTE_STRINGS, ..default() },
        ints("nodes_truenodeids", lefts),
        ints("nodes_falsenodeids", rights),
        ints("target_treeids", leaf_trees),
        ints("target_nodeids", leaf_nodes),
        ints("target_ids", vec![0; paths.len()]),
        floats("target_weights", paths),
    ]
}

/// The trees of an operator. What is not said in the order in which we say it is found later, by comparing.
fn read_trees(node: &NodeProto, width: usize) -> Result<Vec<Tree>, ModelError> {
    let attribute = |name: &str| {
        let found = node.attribute.iter().find(|attribute| attribute.name == name);
        found.ok_or_else(|| mismatch(format!("{name} of the trees"), "none"))
    };
    let ints = |name: &str| attribute(name).map(|attribute| &attribute.ints[..]);
    let trees_of_nodes = ints("nodes_treeids")?;
    let features = ints("nodes_featureids")?;
    let rights = ints("nodes_falsenodeids")?;
    let thresholds = &attribute("nodes_values")?.floats[..];
    let modes = &attribute("nodes_modes")?.strings[..];
    let mut paths = attribute("target_weights")?.floats.iter();
    let count = trees_of_nodes.len();
    for (name, found) in [
        ("nodes_featureids", features.len()),
        ("nodes_falsenodeids", rights.len()),
        ("nodes_values", thresholds.len()),
        ("nodes_modes", modes.len()),
    ] {
        ensure(found == count, format!("{count} {name}"), found)?;
    }

    let mut trees: Vec<Tree> = Vec::new();
    for index in 0..count {
        if usize::try_from(trees_of_nodes[index]).is_ok_and(|tree| tree == trees.len()) {
            ensure(trees.len() < TREES_MAX, format!("at most {TREES_MAX} trees"), "more")?;
            trees.push(Tree { nodes: Vec::new() });
        }
        let Some(tree) = trees.last_mut() else { return Err(mismatch("a first tree numbered 0", trees_of_nodes[index])) };
        tree.nodes.push(if modes[index] == LEAF {
            let path = paths.next().copied().filter(|path| path.is_finite() && *path >= 0.0);
            TreeNode::Leaf { path: path.ok_or_else(|| mismatch("a finite length of path for each leaf", "another"))? }
        } else {
            ensure(modes[index] == SPLIT, "nodes that are BRANCH_LEQ or LEAF", String::from_utf8_lossy(&modes[index]))?;
            let feature = usize::try_from(features[index]).ok().filter(|feature| *feature < width);
            let feature = feature.ok_or_else(|| mismatch(format!("features below {width}"), features[index]))?;
            let right = usize::try_from(rights[index]).map_err(|_| mismatch("children in the tree", rights[index]))?;
            ensure(thresholds[index].is_finite(), "finite thresholds", thresholds[index])?;
            TreeNode::Split { feature, threshold: thresholds[index], right }
        });
    }
    for tree in &trees {
        check_walk(tree)?;
    }
    Ok(trees)
}

/// Checks that a walk which takes the left child first meets every node once, in order.
fn check_walk(tree: &Tree) -> Result<(), ModelError> {
    let mut pending = vec![(0, 0)];
    let mut expected = 0;
    while let Some((index, depth)) = pending.pop() {
        ensure(index == expected, "each node to be the child of one", format!("node {index} where {expected} stands"))?;
        ensure(depth <= DEPTH, format!("trees of at most {DEPTH} levels"), "more")?;
        expected += 1;
        match tree.nodes.get(index) {
            Some(TreeNode::Split { right, .. }) => pending.extend([(*right, depth + 1), (index + 1, depth + 1)]),
            Some(TreeNode::Leaf { .. }) => {}
            None => return Err(mismatch("children in the tree", index)),
        }
    }
    ensure(expected == tree.nodes.len(), "each node to be the child of one", format!("{} nodes for {expected}", tree.nodes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 14] = [
        "aggregate_function",
        "post_transform",
        "n_targets",
        "nodes_treeids",
        "nodes_nodeids",
        "nodes_featureids",
        "nodes_values",
        "nodes_modes",
        "nodes_truenodeids",
        "nodes_falsenodeids",
        "target_treeids",
        "target_nodeids",
        "target_ids",
        "target_weights",
    ];

    fn forest() -> Forest {
        let rows: Vec<f32> = (0..600_u16).map(|index| f32::from(index.wrapping_mul(7919) % 1000)).collect();
        Forest::fit(&rows, 3, 1)
    }

    /// Damages the graph and compares what reading says of it. The attributes are numbered as above.
    fn check(damage: impl FnOnce(&mut GraphProto, &mut dyn FnMut(&mut GraphProto, &str) -> usize), expected: &str) {
        let mut model = ModelProto::decode(&forest().to_onnx("test")[..]).unwrap();
        let graph = model.graph.as_mut().unwrap();
        damage(graph, &mut |_, name| NAMES.iter().position(|known| *known == name).unwrap());
        let error = Forest::from_onnx(&model.encode_to_vec()).unwrap_err();
        assert_eq!(error.to_string(), format!("the graph in model.onnx needs {expected}"));
    }

    fn check_attribute(name: &str, damage: impl FnOnce(&mut AttributeProto), expected: &str) {
        check(
            |graph, index| {
                let index = index(graph, name);
                let node = graph.node.iter_mut().find(|node| node.op_type == TREES).unwrap();
                damage(&mut node.attribute[index]);
            },
            expected,
        );
    }

    #[test]
    fn what_was_written_is_read() {
        let forest = forest();
        assert_eq!(Forest::from_onnx(&forest.to_onnx("test")).unwrap(), forest);
    }

    #[test]
    fn damaged_trees_are_refused() {
        check_attribute("nodes_values", |values| values.floats[0] = f32::NAN, "finite thresholds, and has NaN");
        check_attribute("nodes_featureids", |ids| ids.ints[0] = 3, "features below 3, and has 3");
        check_attribute("nodes_featureids", |ids| ids.ints[0] = -1, "features below 3, and has -1");
        check_attribute(
            "nodes_falsenodeids",
            |ids| ids.ints[0] = 0,
            "each node to be the child of one, and has node 0 where 102 stands",
        );
        check_attribute("nodes_falsenodeids", |ids| ids.ints[0] = -5, "children in the tree, and has -5");
        check_attribute(
            "nodes_modes",
            |modes| modes.strings[0] = b"BRANCH_LT".to_vec(),
            "nodes that are BRANCH_LEQ or LEAF, and has BRANCH_LT",
        );
        check_attribute("nodes_modes", |modes| drop(modes.strings.pop()), "17344 nodes_modes, and has 17343");
        check_attribute(
            "target_weights",
            |paths| paths.floats[9] = f32::INFINITY,
            "a finite length of path for each leaf, and has another",
        );
        check_attribute(
            "target_weights",
            |paths| paths.floats.truncate(paths.floats.len() - 1),
            "a finite length of path for each leaf, and has another",
        );
        check_attribute("nodes_treeids", |ids| ids.ints[0] = 1, "a first tree numbered 0, and has 1");
        check_attribute(
            "nodes_truenodeids",
            |ids| ids.ints[0] = 0,
            "make_paths as `radar train` writes it, and has another TreeEnsembleRegressor",
        );
        check_attribute(
            "aggregate_function",
            |function| function.s = b"MIN".to_vec(),
            "make_paths as `radar train` writes it, and has another TreeEnsembleRegressor",
        );
    }

    #[test]
    fn another_graph_is_refused() {
        check(|graph, _| graph.node.clear(), "TreeEnsembleRegressor, and has none");
        check(|graph, _| graph.node.truncate(6), "7 operators, and has 6");
        check(|graph, _| graph.input.clear(), "one input, and has 0");
        check(|graph, _| graph.input[0].r#type = None, "up to 4096 floats a row in \"features\", and has another shape");
        check(|graph, _| graph.output[0].name = "y".into(), "rows of floats in, one score a row out, and has others");
        let bytes = forest().to_onnx("test");
        assert!((0..bytes.len()).step_by(997).all(|end| Forest::from_onnx(&bytes[..end]).is_err()));
    }
}
