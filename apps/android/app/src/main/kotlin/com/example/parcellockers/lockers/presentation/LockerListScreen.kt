package com.example.parcellockers.lockers.presentation

import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.ListItem
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import com.example.parcellockers.R

@Composable
fun LockerListScreen(state: LockerListState) {
    if (state.unreachable) {
        Text(stringResource(R.string.lockers_unreachable))
    }
    LazyColumn {
        items(state.lockers, key = { it.id }) { locker ->
            ListItem(
                headlineContent = { Text(locker.address) },
                trailingContent = { Text(locker.freeCompartments.toString()) },
            )
        }
    }
}
