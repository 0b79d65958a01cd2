//! The server functions. Path, method, parameters, answer and description come from the function itself.

use leptos::server_fn::{ServerFn, axum::server_fn_paths};
use radar_app::api;
use radar_types::Email;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::{SESSION, TOKEN, add_failure};

/// What any of them may answer.
const FAILURES: [u16; 4] = [400, 500, 503, 507];
/// What those may answer that take a form.
const FAILURES_OF_FORMS: [u16; 2] = [408, 413];

/// Names of fields that a form may have.
const NAMES: &str = "^[A-Za-z0-9_-]+$";
/// What [`Email`] takes.
const EMAIL: &str = r"^[A-Za-z0-9_+'%&=~-]+(\.[A-Za-z0-9_+'%&=~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$";

pub(super) fn add_all(document: &mut OpenApi) {
    let mut functions = Functions { document };
    functions.add::<api::GetOverview>("Overview", &[404]);
    functions.add::<api::GetBreakdown>("Overview", &[404]);
    functions.add::<api::GetPicture>("Events", &[404]);
    functions.add::<api::GetFacets>("Events", &[404]);
    functions.add::<api::GetEvents>("Events", &[404]);
    functions.add::<api::GetEvent>("Events", &[404]);
    functions.add::<api::Judge>("Events", &[401, 404]);
    functions.add::<api::Complete>("Events", &[404]);
    functions.add::<api::GetGraph>("Graph", &[404]);
    functions.add::<api::GetPatterns>("Patterns", &[404]);
    functions.add::<api::RenamePattern>("Patterns", &[401, 404, 409]);
    functions.add::<api::MutePattern>("Patterns", &[401, 404, 409]);
    functions.add::<api::GetHistory>("History", &[404]);
    functions.add::<api::GetSearches>("Searches", &[404]);
    functions.add::<api::SaveSearch>("Searches", &[401, 404]);
    functions.add::<api::RemoveSearch>("Searches", &[404]);
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
    functions.add::<api::GetThresholds>("Collection", &[404]);
    functions.add::<api::TryThresholds>("Collection", &[404]);
    functions.add::<api::SetThresholds>("Collection", &[401, 404]);
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
            operation.request_body = Some(form::<F>().into());
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

fn form<F: ToSchema>() -> RequestBody {
    let mut parameters = parameters::<F>();
    parameters.description = None;
    let needs_any = if parameters.required.is_empty() { Required::False } else { Required::True };
    // Fields that nobody asked for are left alone, but each may be there once.
    let text = Schema::from(ObjectBuilder::new().schema_type(Type::String));
    parameters.property_names = Some(Box::new(ObjectBuilder::new().schema_type(Type::String).pattern(Some(NAMES)).into()));
    parameters.additional_properties = Some(Box::new(AdditionalProperties::RefOr(text.into())));
    let content = ContentBuilder::new().schema(Some(parameters)).build();
    RequestBodyBuilder::new().content("application/x-www-form-urlencoded", content).required(Some(needs_any)).build()
}

/// Leptos makes a struct of the parameters of a function.
fn parameters<F: ToSchema>() -> Object {
    let RefOr::T(Schema::Object(mut parameters)) = F::schema() else { return Object::new() };
    parameters.properties.values_mut().for_each(leave_out_null);
    let makes_an_account = ["SetUp", "Register"].contains(&&*F::name());
    for (name, schema) in &mut parameters.properties {
        if let RefOr::T(Schema::Object(text)) = schema {
            match name.as_str() {
                "email" => (text.pattern, text.max_length) = (Some(EMAIL.into()), Some(Email::BYTES_MAX)),
                "password" if makes_an_account => (text.min_length, text.max_length) = (Some(10), Some(256)),
                _ => {}
            }
        }
    }
    parameters
}

/// In a query or a form, a parameter without a value is one that isn't there.
fn leave_out_null(schema: &mut RefOr<Schema>) {
    let is_null = |schema: &RefOr<Schema>| matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null));
    match schema {
        RefOr::T(Schema::Object(object)) => {
            if let SchemaType::Array(types) = &object.schema_type
                && let [one] = types.iter().filter(|of| **of != Type::Null).collect::<Vec<_>>()[..]
            {
                object.schema_type = SchemaType::Type(one.clone());
            }
        }
        RefOr::T(Schema::OneOf(choice)) => {
            choice.items.retain(|item| !is_null(item));
            if let [only] = &choice.items[..] {
                *schema = only.clone();
            }
        }
        _ => {}
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

#[cfg(test)]
mod tests {
    use radar_types::Severity;
    use serde_json::json;

    use super::*;

    /// As Leptos makes it of a function.
    #[derive(ToSchema)]
    #[expect(dead_code, reason = "it is only described")]
    struct MakeToken {
        name: String,
        days: Option<u32>,
        at_least: Option<Severity>,
    }

    #[test]
    fn a_question_has_its_parameters_in_the_query() {
        let query = serde_json::to_value(query::<MakeToken>()).unwrap();
        let expected = json!([
            { "name": "at_least", "in": "query", "required": false, "schema": { "$ref": "#/components/schemas/Severity" } },
            { "name": "days", "in": "query", "required": false, "schema": { "type": "integer", "format": "int32", "minimum": 0 } },
            { "name": "name", "in": "query", "required": true, "schema": { "type": "string" } },
        ]);
        assert_eq!(query, expected);
    }

    #[test]
    fn a_change_has_its_parameters_in_a_form() {
        let form = serde_json::to_value(form::<MakeToken>()).unwrap();
        assert_eq!(form["required"], true);
        let schema = &form["content"]["application/x-www-form-urlencoded"]["schema"];
        assert_eq!(schema["required"], json!(["name"]));
        assert_eq!(schema["properties"]["days"]["type"], "integer");
        assert_eq!(schema["properties"]["at_least"]["$ref"], "#/components/schemas/Severity");
    }

    #[test]
    fn answers_that_have_a_name_are_referred_to_by_it() {
        assert!(is_named::<MakeToken>());
        assert!(is_named::<Severity>());
        assert!(!is_named::<Vec<MakeToken>>());
        assert!(!is_named::<String>());
        assert!(!is_named::<()>());
    }
}
