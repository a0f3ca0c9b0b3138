"""The model as Flask-SQLAlchemy 2 and SQLAlchemy 1.4 have it."""

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String, unique=True, nullable=False)
    password = db.Column(db.String, nullable=False)


def all_users():
    return User.query.all()


def user_by_id(user_id):
    return User.query.get(user_id)
