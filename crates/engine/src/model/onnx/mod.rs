//! The parts of ONNX that our models need, as hand-declared messages: the numbers are the field tags
//! of onnx.proto.
//!
//! Reading is strict. What is not understood is refused instead of skipped, since a skipped
//! operator is a wrong score.

mod dense;
mod forest;
mod kmeans;

use prost::Message;

use super::{MISSING, ModelError, ONNX_BYTES_MAX};

pub(crate) use dense::OUTPUT;

pub(crate) const INPUT: &str = "features";
/// What the forest and k-means give: one number a row.
pub(crate) const SCORE: &str = "score";

const IR_VERSION: i64 = 8;
const OPSET_VERSION: i64 = 17;
const TREES_DOMAIN: &str = "ai.onnx.ml";
const TREES_VERSION: i64 = 3;
const FLOAT: i32 = 1;
const INT64: i32 = 7;
const ATTRIBUTE_FLOAT: i32 = 1;
const ATTRIBUTE_INT: i32 = 2;
const ATTRIBUTE_STRING: i32 = 3;
const ATTRIBUTE_FLOATS: i32 = 6;
const ATTRIBUTE_INTS: i32 = 7;
const ATTRIBUTE_STRINGS: i32 = 8;

const LAYER_WIDTH_MAX: usize = 4096;

#[derive(Clone, PartialEq, Message)]
struct ModelProto {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSetIdProto>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSetIdProto {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    node: Vec<NodeProto>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<ValueInfoProto>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<ValueInfoProto>,
}

#[derive(Clone, PartialEq, Message)]
struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<AttributeProto>,
    #[prost(string, tag = "7")]
    domain: String,
}

#[derive(Clone, PartialEq, Message)]
struct AttributeProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(float, tag = "2")]
    f: f32,
    #[prost(int64, tag = "3")]
    i: i64,
    #[prost(bytes = "vec", tag = "4")]
    s: Vec<u8>,
    #[prost(float, repeated, tag = "7")]
    floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    ints: Vec<i64>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    strings: Vec<Vec<u8>>,
    #[prost(int32, tag = "20")]
    r#type: i32,
}

#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(float, repeated, tag = "4")]
    float_data: Vec<f32>,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct ValueInfoProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TypeProto {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorTypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorTypeProto {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<ShapeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct ShapeProto {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<DimensionProto>,
}

#[derive(Clone, PartialEq, Message)]
struct DimensionProto {
    #[prost(int64, optional, tag = "1")]
    dim_value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    dim_param: Option<String>,
}

impl ModelProto {
    fn around(graph: GraphProto, with_trees: bool) -> Self {
        let opset = |domain: &str, version| OperatorSetIdProto { domain: domain.into(), version };
        let mut opset_import = vec![opset("", OPSET_VERSION)];
        opset_import.extend(with_trees.then(|| opset(TREES_DOMAIN, TREES_VERSION)));
        Self { ir_version: IR_VERSION, producer_name: "radar".into(), graph: Some(graph), opset_import }
    }

    /// The graph of a file whose operators mean what they mean here.
    fn read(bytes: &[u8]) -> Result<GraphProto, ModelError> {
        if bytes.len() > ONNX_BYTES_MAX {
            return Err(ModelError::TooLarge { file: "model.onnx", bytes: bytes.len(), bytes_max: ONNX_BYTES_MAX });
        }
        let model = Self::decode(bytes).map_err(ModelError::Onnx)?;
        let opset = model.opset_import.iter().find(|opset| opset.domain.is_empty()).map_or(0, |opset| opset.version);
        // Every operator in use means the same in all of these.
        ensure((13..=OPSET_VERSION).contains(&opset), format!("operators of a version from 13 to {OPSET_VERSION}"), opset)?;
        model.graph.ok_or_else(|| mismatch("a graph", "none"))
    }
}

/// Adds an operator, and gives the name of its output.
fn push_node(graph: &mut GraphProto, op_type: &str, output: String, input: Vec<String>, attribute: Vec<AttributeProto>) -> String {
    let name = format!("make_{output}");
    graph.node.push(NodeProto {
        input,
        output: vec![output.clone()],
        name,
        op_type: op_type.into(),
        attribute,
        domain: String::new(),
    });
    output
}

fn rows_of(name: &str, width: usize) -> ValueInfoProto {
    let rows = DimensionProto { dim_value: None, dim_param: Some("rows".into()) };
    let width = DimensionProto { dim_value: Some(width as i64), dim_param: None };
    let shape = Some(ShapeProto { dim: vec![rows, width] });
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { tensor_type: Some(TensorTypeProto { elem_type: FLOAT, shape }) }) }
}

/// The width of a row of floats, where the value is declared as that.
fn declared_width(value: &ValueInfoProto) -> Option<i64> {
    let tensor = value.r#type.as_ref()?.tensor_type.as_ref()?;
    match &tensor.shape.as_ref()?.dim[..] {
        [_, width] if tensor.elem_type == FLOAT => width.dim_value,
        _ => None,
    }
}

fn tensor(name: &str, dims: &[usize], numbers: &[f32]) -> TensorProto {
    TensorProto {
        dims: dims.iter().map(|dim| *dim as i64).collect(),
        data_type: FLOAT,
        float_data: Vec::new(),
        name: name.into(),
        raw_data: numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
    }
}

fn whole_numbers(name: &str, numbers: &[i64]) -> TensorProto {
    TensorProto {
        dims: vec![numbers.len() as i64],
        data_type: INT64,
        float_data: Vec::new(),
        name: name.into(),
        raw_data: numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
    }
}

fn read_tensor(name: &str, initializers: &[TensorProto]) -> Result<(Vec<usize>, Vec<f32>), ModelError> {
    let Some(tensor) = initializers.iter().find(|tensor| tensor.name == name) else {
        return Err(mismatch(format!("an initializer named {name:?}"), "none"));
    };
    ensure(tensor.data_type == FLOAT, format!("floats in {name:?}"), format!("data type {}", tensor.data_type))?;
    let dims: Option<Vec<usize>> =
        tensor.dims.iter().map(|dim| usize::try_from(*dim).ok().filter(|dim| (1..=LAYER_WIDTH_MAX).contains(dim))).collect();
    let Some(dims) = dims.filter(|dims| (1..=2).contains(&dims.len())) else {
        return Err(mismatch(format!("one or two dimensions of 1 to {LAYER_WIDTH_MAX} in {name:?}"), format!("{:?}", tensor.dims)));
    };
    let numbers = if tensor.raw_data.is_empty() {
        tensor.float_data.clone()
    } else {
        let (whole, rest) = tensor.raw_data.as_chunks::<4>();
        ensure(rest.is_empty(), format!("whole floats in {name:?}"), format!("{} bytes", tensor.raw_data.len()))?;
        whole.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    let count: usize = dims.iter().product();
    ensure(numbers.len() == count, format!("{count} numbers in {name:?}"), numbers.len())?;
    ensure(numbers.iter().all(|number| number.is_finite()), format!("finite numbers in {name:?}"), "others")?;
    Ok((dims, numbers))
}

fn mismatch(expected: impl ToString, found: impl ToString) -> ModelError {
    ModelError::Graph { expected: expected.to_string(), found: found.to_string() }
}

fn ensure(holds: bool, expected: impl ToString, found: impl ToString) -> Result<(), ModelError> {
    if holds { Ok(()) } else { Err(mismatch(expected, found)) }
}

/// Checks that a graph is, but for what it may be called, the one that we write for the same numbers. There is no other
/// way to write one of these models that would have to be understood.
fn ensure_same(found: &GraphProto, ours: &GraphProto) -> Result<(), ModelError> {
    ensure(found.node.len() == ours.node.len(), format!("{} operators", ours.node.len()), found.node.len())?;
    for (found, ours) in found.node.iter().zip(&ours.node) {
        ensure(found == ours, format!("{} as `radar train` writes it", ours.name), format!("another {}", found.op_type))?;
    }
    ensure(found.initializer == ours.initializer, "the constants that `radar train` writes", "others")?;
    ensure(found.input == ours.input && found.output == ours.output, "rows of floats in, one score a row out", "others")
}

/// A value of which each row is one number.
fn score_of_rows() -> ValueInfoProto {
    rows_of(SCORE, 1)
}

/// Adds operators that put `missing` in place of what is not a finite number, and gives the name of their output.
fn push_cleaning(graph: &mut GraphProto) -> String {
    graph.initializer.push(tensor("missing", &[1], &[MISSING]));
    let mut push = |op_type: &str, output: &str, input: &[&str]| {
        push_node(graph, op_type, output.into(), input.iter().map(|name| (*name).into()).collect(), Vec::new())
    };
    push("IsNaN", "is_nan", &[INPUT]);
    push("Where", "numbers", &["is_nan", "missing", INPUT]);
    push("IsInf", "is_infinite", &["numbers"]);
    push("Where", "clean", &["is_infinite", "missing", "numbers"])
}
