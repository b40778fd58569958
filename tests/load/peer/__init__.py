"""The same job as another team would write it: FastAPI, SQLAlchemy and PostgreSQL, to set the orders service beside."""
