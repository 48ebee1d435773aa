// What every service has comes after the service's own calls.
const EVERY_SERVICES = ["registry", "audit", "operations", "health", "about"];

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  tagsSorter: (one, other) => EVERY_SERVICES.indexOf(one) - EVERY_SERVICES.indexOf(other),
  validatorUrl: null, // it would send this page's address to a server elsewhere
});
