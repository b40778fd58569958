"""Forecasts of demand: methods, their choice by rolling-origin error, and what came of them; pure and synchronous."""
