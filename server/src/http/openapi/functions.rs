//! The server functions. Path, method, parameters, answer and description come from the function itself.

use leptos::server_fn::{ServerFn, axum::server_fn_paths};
use radar_app::api;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{Object, Schema};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::{SESSION, TOKEN, add_failure};

/// What any of them may answer.
const FAILURES: [u16; 4] = [400, 500, 503, 507];
/// What those may answer that take a form.
const FAILURES_OF_FORMS: [u16; 2] = [408, 413];

pub(super) fn add_all(document: &mut OpenApi) {
    let mut functions = Functions { document };
    functions.add::<api::GetOverview>("Overview", &[404]);
    functions.add::<api::GetViewer>("Session", &[]);
    functions.add::<api::ChooseSide>("Session", &[429]);
    functions.add::<api::ClearSession>("Session", &[429]);
    functions.add::<api::LogIn>("Account", &[401, 409, 429]);
    functions.add::<api::LogOut>("Account", &[]);
    functions.add::<api::Register>("Account", &[409, 429]);
    functions.add::<api::SetUp>("Account", &[401, 404, 409, 429]);
    functions.add::<api::ChangePassword>("Account", &[401, 409, 429]);
    functions.add::<api::LogOutEverywhere>("Account", &[401, 409]);
    functions.add::<api::DeleteAccount>("Account", &[401, 409, 429]);
    functions.add::<api::GetTokens>("Tokens", &[401, 403, 404]);
    functions.add::<api::CreateToken>("Tokens", &[401, 404]);
    functions.add::<api::RevokeToken>("Tokens", &[401, 404]);
    functions.add::<api::GetKeeping>("Collection", &[404]);
    functions.add::<api::SetKeeping>("Collection", &[401, 404]);
    functions.add::<api::ClearCollection>("Collection", &[401, 404]);
    functions.add::<api::GetAccounts>("Administration", &[404]);
    functions.add::<api::SetRole>("Administration", &[404, 409]);
    functions.add::<api::RemoveUser>("Administration", &[404]);
    functions.add::<api::Invite>("Administration", &[404]);
    functions.add::<api::GetAudit>("Administration", &[404]);
}

struct Functions<'a> {
    document: &'a mut OpenApi,
}

impl Functions<'_> {
    /// `failures` are those it may answer beside [`FAILURES`].
    fn add<F>(&mut self, tag: &str, failures: &[u16])
    where
        F: ServerFn + ToSchema,
        F::Output: ToSchema,
    {
        let mut operation = operation::<F>();
        operation.tags = Some(vec![tag.to_owned()]);
        for status in FAILURES.iter().chain(failures) {
            add_failure(&mut operation, *status);
        }
        let is_question = server_fn_paths().any(|(path, method)| path == F::PATH && method == "GET");
        let method = if is_question {
            operation.parameters = Some(query::<F>());
            HttpMethod::Get
        } else {
            let parameters = ContentBuilder::new().schema(Some(parameters::<F>())).build();
            let form = RequestBodyBuilder::new().content("application/x-www-form-urlencoded", parameters);
            operation.request_body = Some(form.required(Some(Required::True)).build().into());
            FAILURES_OF_FORMS.iter().for_each(|status| add_failure(&mut operation, *status));
            HttpMethod::Post
        };
        self.document.paths.add_path_operation(F::PATH, vec![method], operation);
        self.add_schemas::<F>();
    }

    fn add_schemas<F: ServerFn + ToSchema>(&mut self)
    where
        F::Output: ToSchema,
    {
        let mut schemas = Vec::new();
        F::schemas(&mut schemas);
        F::Output::schemas(&mut schemas);
        if is_named::<F::Output>() {
            schemas.push((F::Output::name().into_owned(), F::Output::schema()));
        }
        self.document.components.get_or_insert_default().schemas.extend(schemas);
    }
}

fn operation<F>() -> Operation
where
    F: ServerFn + ToSchema,
    F::Output: ToSchema,
{
    let answer = if is_named::<F::Output>() { Ref::from_schema_name(F::Output::name()).into() } else { F::Output::schema() };
    let answer = ContentBuilder::new().schema(Some(answer)).build();
    OperationBuilder::new()
        .operation_id(Some(F::name()))
        .summary(summary(&parameters::<F>()))
        .response("200", ResponseBuilder::new().description("What was asked for").content("application/json", answer))
        .security(SecurityRequirement::default())
        .security(SecurityRequirement::new(TOKEN, ["read"]))
        .security(SecurityRequirement::new::<_, [&str; 0], _>(SESSION, []))
        .build()
}

fn query<F: ToSchema>() -> Vec<RefOr<Parameter>> {
    let parameters = parameters::<F>();
    let query = parameters.properties.into_iter().map(|(name, schema)| {
        let required = if parameters.required.contains(&name) { Required::True } else { Required::False };
        ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).required(required).schema(Some(schema)).build().into()
    });
    query.collect()
}

/// Leptos makes a struct of the parameters of a function.
fn parameters<F: ToSchema>() -> Object {
    match F::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    }
}

/// The function's own documentation stands behind a sentence of Leptos's about the struct.
fn summary(parameters: &Object) -> Option<String> {
    let (_, own) = parameters.description.as_ref()?.split_once("server function.")?;
    Some(own.trim().trim_end_matches('.').to_owned())
}

/// Whether it is a type of ours, and not a list of them, text, or nothing.
fn is_named<T: ToSchema>() -> bool {
    matches!(T::schema(), RefOr::T(Schema::Object(object)) if !object.properties.is_empty() || object.enum_values.is_some())
}
