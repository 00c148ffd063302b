"use strict";
// Addresses are relative: a proxy may put the gateway anywhere. A key that is typed in is forgotten with the page.
window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
});
