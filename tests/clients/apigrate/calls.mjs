// Calls the stand-in with @apigrate/autotask-restapi and prints what came back.
import restapi from "@apigrate/autotask-restapi";

const { AutotaskRestApi, FilterOperators } = restapi;
const { SANDBOX, AT_USER, AT_SECRET, AT_CODE } = process.env;

// Its address option is where the zone is asked for; the zone's answer is used from then on.
const connect = (secret) => new AutotaskRestApi(AT_USER, secret, AT_CODE, { base_url: `${SANDBOX}/ATServicesRest/` });
const api = connect(AT_SECRET);

const failure = async (call) => {
  try {
    await call();
  } catch (error) {
    return { status: error.status, details: error.details };
  }
  return null;
};

const pages = async (search) => {
  const found = [];
  let page = await api.Tickets.query(search);
  for (;;) {
    found.push(page.items.map((row) => row.id));
    const next = page.pageDetails.nextPageUrl;
    if (!next) return found;
    page = await api._post(next.split("V1.0")[1], search);
  }
};

const all = { filter: [{ op: FilterOperators.exist, field: "id" }], MaxRecords: 2 };
const made = await api.Companies.create({ companyName: "New", companyType: 1, phone: "9", ownerResourceID: 4 });
const contact = await api.CompanyContacts.create(made.itemId, { firstName: "Di", lastName: "Ax", isActive: 1 });
const updated = await api.Companies.update({ id: made.itemId, phone: "10" });
console.log(
  JSON.stringify({
    zone: api.zoneInfo,
    pages: await pages(all),
    found: (await api.Tickets.query({ filter: [{ op: "contains", field: "title", value: "slow" }] })).items.length,
    count: await api.Tickets.count({ filter: [{ op: "eq", field: "companyID", value: 176 }] }),
    got: await api.Tickets.get(5001),
    missing: await api.Tickets.get(999),
    made: made.itemId,
    contact: contact.itemId,
    updated,
    after: (await api.Companies.get(made.itemId)).item.phone,
    removed: await api.CompanyContacts.delete(made.itemId, contact.itemId),
    info: (await api.Tickets.info()).info,
    "user fields": (await api.Tickets.udfInfo()).fields.map((field) => field.name),
    modules: (await api.Modules.query()).modules.length,
    "not there": await api.Contacts.create({ firstName: "No" }),
    refused: await failure(() => api.Companies.create({ companyName: "Half" })),
    "wrong secret": await failure(() => connect("wrong").Tickets.get(5001)),
  }),
);
