"""Pages for people with a browser: who sees one, how it looks, how they sign in.

| question | file |
| --- | --- |
| who may see a page, and how is a page's refusal told? | guard.py |
| how do people sign in by the identity provider? | provider.py |
| what does a browser keep of a session, and for how long? | sessions.py |
| what is around the content of every page, and which headers go with it? | frame.py, templates/frame.jinja |
| where do people sign in and out? | routes.py |
| how is a form read, found to be ours, and done once? | forms.py |
| where do the style sheets come from, and what was left out? | sheets.py, assets/README.md |
"""
