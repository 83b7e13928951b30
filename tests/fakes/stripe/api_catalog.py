"""The account, products, prices and plans over the API."""

from tests.fakes.stripe import forms
from tests.fakes.stripe.eras import plan_of
from tests.fakes.stripe.errors import Refusal, required
from tests.fakes.stripe.lists import listing, page
from tests.fakes.stripe.routing import Call, route
from tests.fakes.stripe.templates import Json, payload
from tests.fakes.stripe.world import World, ending

ACCOUNT_ID = str(payload("account")["id"])


@route("GET", "/v1/account")
def read_account(call: Call) -> Json:
    return call.world.get("account", ACCOUNT_ID)


@route("GET", "/v1/accounts/{id}")
def read_named_account(call: Call) -> Json:
    return call.named("account")


def make_product(
    world: World, name: str, metadata: dict[str, str] | None = None, id_: str = ""
) -> Json:
    """A service that is sold; its id may be the caller's own."""
    id_ = id_ or f"prod_{ending(14)}"
    values = {"name": name, "metadata": metadata or {}, "updated": world.now}
    product = world.add("product", id_, values)
    world.emit("product.created", product)
    return product


@route("POST", "/v1/products", "ProductCreateParams")
def create_product(call: Call) -> Json:
    name = call.require("name")
    own = str(call.params.get("id") or "")
    product = make_product(call.world, name, forms.merge_metadata({}, call.params), own)
    product["description"] = call.params.get("description")
    return product


@route("GET", "/v1/products", "ProductListParams")
def list_products(call: Call) -> Json:
    return listing(call, "product", "/v1/products", ("active",))


@route("GET", "/v1/products/{id}")
def read_product(call: Call) -> Json:
    return call.named("product")


@route("GET", "/v1/products/{id}/features")
def list_features(call: Call) -> Json:
    return page(call, [], f"/v1/products/{call.named('product')['id']}/features")


@route("POST", "/v1/products/{id}", "ProductModifyParams")
def change_product(call: Call) -> Json:
    product = call.named("product")
    with call.world.changing(product, "product.updated"):
        for name in ("name", "description", "default_price"):
            if name in call.params:
                product[name] = call.params[name] or None
        product["active"] = forms.flag(call.params, "active", default=product["active"])
        product["metadata"] = forms.merge_metadata(product["metadata"], call.params)
    return product


def make_price(
    world: World,
    product: str,
    amount: int,
    interval: str = "month",
    *,
    lookup_key: str | None = None,
    metadata: dict[str, str] | None = None,
) -> Json:
    """A recurring price in dollars; the amount is in cents."""
    values = {
        "lookup_key": lookup_key,
        "metadata": metadata or {},
        "product": product,
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
    price = world.add("price", f"price_1{ending(23)}", values)
    price["recurring"]["interval"] = interval
    world.emit("price.created", price)
    return price


@route("POST", "/v1/prices", "PriceCreateParams")
def create_price(call: Call) -> Json:
    call.require("currency")
    recurring, amount = call.params.get("recurring", {}), forms.number(call.params, "unit_amount")
    if amount is None:
        raise required("unit_amount")
    if "product" in call.params:
        product = call.referred("product", "product")
    else:
        product = make_product(call.world, call.require("product_data")["name"])
    key = _free_lookup_key(call, None)
    price = make_price(
        call.world,
        product["id"],
        amount,
        recurring.get("interval", "month"),
        lookup_key=key,
        metadata=forms.merge_metadata({}, call.params),
    )
    price["currency"] = call.params["currency"]
    for name in ("nickname", "tax_behavior"):
        price[name] = call.params.get(name, price[name])
    price["recurring"]["interval_count"] = int(recurring.get("interval_count", 1))
    if not recurring:
        price.update(recurring=None, type="one_time")
    return price


def _free_lookup_key(call: Call, own: Json | None) -> str | None:
    key = call.params.get("lookup_key")
    for price in call.world.all("price"):
        if key and price is not own and price["lookup_key"] == key:
            if not forms.flag(call.params, "transfer_lookup_key"):
                message = f"A price (`{price['id']}`) already uses that lookup key."
                raise Refusal(message, param="lookup_key")
            price["lookup_key"] = None
    return key or None


@route("GET", "/v1/prices", "PriceListParams")
def list_prices(call: Call) -> Json:
    rows = call.world.all("price")
    if keys := call.params.get("lookup_keys"):
        rows = [row for row in rows if row["lookup_key"] in keys]
    for name in ("product", "currency", "type"):
        if name in call.params:
            rows = [row for row in rows if row[name] == call.params[name]]
    if "active" in call.params:
        rows = [row for row in rows if row["active"] == forms.flag(call.params, "active")]
    return page(call, rows, "/v1/prices")


@route("GET", "/v1/prices/{id}")
def read_price(call: Call) -> Json:
    return call.named("price")


@route("POST", "/v1/prices/{id}", "PriceModifyParams")
def change_price(call: Call) -> Json:
    price = call.named("price")
    with call.world.changing(price, "price.updated"):
        if "lookup_key" in call.params:
            price["lookup_key"] = _free_lookup_key(call, price)
        for name in ("nickname", "tax_behavior"):
            price[name] = call.params.get(name, price[name])
        price["active"] = forms.flag(call.params, "active", default=price["active"])
        price["metadata"] = forms.merge_metadata(price["metadata"], call.params)
    return price


@route("GET", "/v1/plans/{id}")
def read_plan(call: Call) -> Json:
    return plan_of(call.named("price"))
