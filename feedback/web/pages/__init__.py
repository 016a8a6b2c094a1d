"""The pages for people, a file a family; rendered on the server, every action a plain form."""
