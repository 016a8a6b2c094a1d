"""
The pages for people, a file a family; rendered on the server, every action a plain form.

How a page is made: a router of its own (`routing.page_router`) with `GET` routes that end in `rendering.page(request,
"name.html", ...)`, its templates extending `base.html` and using `macros.html`, and its place in `site.PAGES` and, where people
should find it, in `rendering.NAVIGATION`. An action is a `POST` route whose form holds `{{ macros.csrf() }}` and whose
router checks it (`forms.Submitted`); it ends in `forms.back(request, path, message)`, a redirect to a page that shows the message once.
What a form may be refused for is caught there and shown beside what was typed; every other error becomes a page
by itself (`routing.PageRoute`). Keys are attributes: `data-list`, `data-item`, `data-open`, `data-key` (see `static/app.js`).
"""
