"""What people and programs see: tables, panels, pages and texts made from domain values."""
