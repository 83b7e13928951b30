"use strict";

// What the page tries runs as whoever is signed in here: unsafe methods need the CSRF token.
const configuration = {{ configuration|safe }};
const cookie = (name) =>
  document.cookie.split("; ").find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);

// Swagger's own is drawn with an inline style, which our content security policy refuses.
const Home = ({ React }) => ({
  components: {
    Logo: () => React.createElement("a", { href: "/", className: "home" }, "Huntaze"),
  },
});

const ui = SwaggerUIBundle({
  urls: configuration.urls,
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  plugins: [Home],
  layout: "StandaloneLayout",
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const token = cookie(configuration.csrfCookie);
    if (token && !["GET", "HEAD"].includes((request.method ?? "GET").toUpperCase())) {
      request.headers["X-CSRFToken"] = token;
    }
    return request;
  },
});
