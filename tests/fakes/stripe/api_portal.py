"""The customer portal's configurations and sessions, and webhook endpoints, over the API."""

from typing import Any

from tests.fakes.stripe import forms
from tests.fakes.stripe.api_customers import present
from tests.fakes.stripe.errors import missing, required
from tests.fakes.stripe.lists import listing, page
from tests.fakes.stripe.routing import Call, route
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import World, ending

CONFIGURATION = "billing_portal.configuration"
CONFIGURATIONS = "/v1/billing_portal/configurations"
FLOWS = ("subscription_cancel", "subscription_update", "subscription_update_confirm")


@route("POST", CONFIGURATIONS, "billing_portal.ConfigurationCreateParams")
def create_configuration(call: Call) -> Json:
    call.require("features")
    id_ = f"bpc_1{ending(23)}"
    made = call.world.add(CONFIGURATION, id_, {"updated": call.world.now})
    for feature in made["features"].values():
        feature["enabled"] = False
    _configure(call, made)
    call.world.emit("billing_portal.configuration.created", made)
    return made


def _configure(call: Call, configuration: Json) -> None:
    for name in ("business_profile", "features"):
        given: Any = forms.typed(call.params.get(name, {}))
        merged = _merged(configuration[name], given)
        configuration[name] = merged
    for name in ("default_return_url", "name"):
        configuration[name] = call.params.get(name, configuration[name])
    configuration["active"] = forms.flag(call.params, "active", default=configuration["active"])
    configuration["metadata"] = forms.merge_metadata(configuration["metadata"], call.params)
    configuration["updated"] = call.world.now


def _merged(kept: Json, given: Json) -> Json:
    inner = {
        key: _merged(kept[key], value)
        if isinstance(value, dict) and isinstance(kept.get(key), dict)
        else value
        for key, value in given.items()
    }
    return {**kept, **inner}


@route("GET", CONFIGURATIONS, "billing_portal.ConfigurationListParams")
def list_configurations(call: Call) -> Json:
    default_configuration(call.world)
    return listing(call, CONFIGURATION, CONFIGURATIONS, ("active", "is_default"))


@route("GET", f"{CONFIGURATIONS}/{{id}}")
def read_configuration(call: Call) -> Json:
    return call.named(CONFIGURATION)


@route("POST", f"{CONFIGURATIONS}/{{id}}", "billing_portal.ConfigurationModifyParams")
def change_configuration(call: Call) -> Json:
    configuration = call.named(CONFIGURATION)
    with call.world.changing(configuration, "billing_portal.configuration.updated"):
        _configure(call, configuration)
    return configuration


def default_configuration(world: World) -> Json:
    """What the dashboard's settings make; it is there from the start."""
    for configuration in world.tables[CONFIGURATION].values():
        if configuration["is_default"]:
            return configuration
    values = {"is_default": True, "updated": world.now}
    return world.add(CONFIGURATION, f"bpc_1{ending(23)}", values)


@route("POST", "/v1/billing_portal/sessions", "billing_portal.SessionCreateParams")
def create_session(call: Call) -> Json:
    customer = present(call, "customer")
    if call.params.get("configuration"):
        configuration = call.referred(CONFIGURATION, "configuration")
    else:
        configuration = default_configuration(call.world)
    id_ = f"bps_1{ending(23)}"
    values = {
        "configuration": configuration["id"],
        "customer": customer["id"],
        "flow": _flow(call),
        "locale": call.params.get("locale"),
        "return_url": call.params.get("return_url") or configuration["default_return_url"],
        "url": f"{call.world.base_url}/portal/{id_}",
    }
    made = call.world.add("billing_portal.session", id_, values)
    call.world.emit("billing_portal.session.created", made)
    return made


def _flow(call: Call) -> Json | None:
    flow: Any = forms.typed(call.params.get("flow_data"))
    if not flow:
        return None
    kind = flow.get("type")
    if not kind:
        raise required("flow_data[type]")
    after = {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"}
    made = {"after_completion": {**after, **flow.get("after_completion", {})}, "type": kind}
    made |= dict.fromkeys(FLOWS)
    if kind in FLOWS:
        id_ = flow.get(kind, {}).get("subscription", "")
        if id_ not in call.world.tables["subscription"]:
            param = f"flow_data[{kind}][subscription]"
            raise missing("subscription", id_, param=param, in_body=True)
        made[kind] = flow[kind]
    return made


def add_endpoint(world: World, url: str, types: list[str], api_version: str | None) -> Json:
    """Events of these types are sent there, signed with a secret of its own."""
    id_ = f"we_1{ending(23)}"
    values = {"api_version": api_version, "enabled_events": types, "url": url}
    made = world.add("webhook_endpoint", id_, values)
    world.tables["endpoint_secret"][id_] = {"secret": f"whsec_{ending(32)}"}
    return made


@route("POST", "/v1/webhook_endpoints", "WebhookEndpointCreateParams")
def create_endpoint(call: Call) -> Json:
    url, types = call.require("url"), call.require("enabled_events")
    made = add_endpoint(call.world, url, types, call.params.get("api_version"))
    made["description"] = call.params.get("description")
    made["metadata"] = forms.merge_metadata({}, call.params)
    # It is told this once.
    return {**made, "secret": call.world.tables["endpoint_secret"][made["id"]]["secret"]}


@route("GET", "/v1/webhook_endpoints", "WebhookEndpointListParams")
def list_endpoints(call: Call) -> Json:
    return page(call, call.world.all("webhook_endpoint"), "/v1/webhook_endpoints")


@route("GET", "/v1/webhook_endpoints/{id}")
def read_endpoint(call: Call) -> Json:
    return call.named("webhook_endpoint")


@route("POST", "/v1/webhook_endpoints/{id}", "WebhookEndpointModifyParams")
def change_endpoint(call: Call) -> Json:
    endpoint = call.named("webhook_endpoint")
    for name in ("url", "enabled_events", "description"):
        endpoint[name] = call.params.get(name, endpoint[name])
    if "disabled" in call.params:
        endpoint["status"] = "disabled" if forms.flag(call.params, "disabled") else "enabled"
    endpoint["metadata"] = forms.merge_metadata(endpoint["metadata"], call.params)
    return endpoint


@route("DELETE", "/v1/webhook_endpoints/{id}")
def delete_endpoint(call: Call) -> Json:
    endpoint = call.named("webhook_endpoint")
    del call.world.tables["webhook_endpoint"][endpoint["id"]]
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
