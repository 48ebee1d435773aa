"""How people and organisations are written: NHS numbers, postcodes, telephone numbers, organisation codes."""
