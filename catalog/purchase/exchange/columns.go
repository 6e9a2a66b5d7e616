package exchange

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"firebrand/internal/fault"
)

// Column is what a column of a file means.
type Column string

// The columns. Only ID is needed; a file without any of a line's own columns tells of states alone.
const (
	ID        Column = "id"
	Revision  Column = "revision"
	StateIs   Column = "state"
	Placed    Column = "placed"
	Delivered Column = "delivered"
	// Buyer names a member where its cell is a phone or an e-mail, and else a company.
	Buyer    Column = "buyer"
	Company  Column = "company"
	Member   Column = "member"
	Name     Column = "name"
	Region   Column = "region"
	Channel  Column = "channel"
	LineID   Column = "line"
	Product  Column = "product"
	Group    Column = "group"
	Supplier Column = "supplier"
	Quantity Column = "quantity"
	Price    Column = "price"
	Discount Column = "discount"
	Total    Column = "total"
	Cost     Column = "cost"
	Came     Column = "returned"
)

// Columns are all of them, in the order in which people are asked for them.
var Columns = []Column{
	ID, Placed, Buyer, Company, Product, Group, Supplier, Quantity, Price, Discount, Total, StateIs, Delivered, Came, LineID, Channel,
	Name, Region, Member, Cost, Revision,
}

// lineColumns are those that speak of one line.
var lineColumns = []Column{LineID, Product, Group, Supplier, Quantity, Price, Discount, Total, Cost}

// columnWords are what the columns are called, in the form of headerWord.
var columnWords = wordsOf(map[Column]string{
	ID: `id, order, order id, order no, order number, number, заказ, номер, номер заказа, заказ №, № заказа, код заказа,
		замовлення, номер замовлення, № замовлення, код замовлення`,
	Revision:  `revision, rev, version, ревизия, версия, редакция, ревізія, версія, редакція`,
	StateIs:   `state, status, order status, статус, состояние, статус заказа, стан, статус замовлення`,
	Placed:    `placed, date, order date, created, ordered, дата, дата заказа, создан, оформлен, дата замовлення, створено, оформлено`,
	Delivered: `delivered, delivery date, shipped, доставлен, дата доставки, отгружен, дата отгрузки, доставлено, відвантажено, дата відвантаження`,
	Buyer:     `buyer, customer, client, покупатель, клиент, покупець, клієнт`,
	Company: `company, company code, customer code, customer id, dealer, dealer code, код клиента, код покупателя,
		код компании, компания, дилер, код дилера, контрагент, код контрагента, код клієнта, код покупця, код компанії, компанія`,
	Member: `member, phone, email, e mail, телефон, почта, пошта`,
	Name: `name, company name, customer name, название, название компании, имя клиента, название клиента, наименование, наименование клиента, название контрагента, назва,
		назва компанії, назва клієнта, найменування`,
	Region:   `region, area, city, регион, область, город, регіон, місто`,
	Channel:  `channel, sales channel, source, канал, канал продаж, канал продажів, источник, джерело`,
	LineID:   `line, line id, line no, position, pos, строка, номер строки, позиция, № строки, рядок, номер рядка, позиція`,
	Product:  `product, sku, item, article, product code, товар, артикул, код товара, номенклатура, код товару`,
	Group:    `group, product group, category, группа, группа товара, группа товаров, категория, група, група товару, категорія`,
	Supplier: `supplier, brand, vendor, поставщик, бренд, производитель, постачальник, виробник`,
	Quantity: `quantity, qty, units, count, количество, кол во, колво, шт, кількість, к сть, кть`,
	Price:    `price, unit price, цена, цена за шт, ціна, ціна за шт`,
	Discount: `discount, скидка, сумма скидки, знижка, сума знижки`,
	Total:    `total, amount, sum, line total, dollars, сумма, стоимость, всего, итого, сума, вартість, всього, разом`,
	Cost:     `cost, unit cost, себестоимость, закупка, собівартість, закупівля`,
	Came:     `returned, returns, returned quantity, возврат, возвращено, возвраты, повернення, повернено`,
})

func wordsOf(lists map[Column]string) map[string]Column {
	meaning := map[string]Column{}
	for c, list := range lists {
		for word := range strings.SplitSeq(list, ",") {
			meaning[headerWord(word)] = c
		}
	}
	return meaning
}

var headerMarks = strings.NewReplacer(".", " ", "*", "", ":", "", "-", " ", "_", " ", "ё", "е", "'", "", "’", "", "ʼ", "")

// headerWord is the form in which headers are compared: "Кол-во*" and "кол во" are one.
func headerWord(cell string) string {
	return strings.Join(strings.Fields(headerMarks.Replace(strings.ToLower(cell))), " ")
}

// Mapping says which of a file's columns means what: by its header, or by its number from 1. An empty name leaves a column
// out that would be recognised.
type Mapping map[Column]string

// ParseMapping reads "id=Номер; placed=Дата; total=7".
// It fails with fault.Invalid: "orders_in.map_unreadable", "orders_in.map_column".
func ParseMapping(s string) (Mapping, error) {
	m := Mapping{}
	for part := range strings.SplitSeq(s, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		column, name, found := strings.Cut(part, "=")
		c := Column(strings.TrimSpace(column))
		if !found {
			return nil, fails("orders_in.map_unreadable", "map", "part", part)
		}
		if !slices.Contains(Columns, c) {
			return nil, fails("orders_in.map_column", "map", "column", string(c))
		}
		m[c] = strings.TrimSpace(name)
	}
	return m, nil
}

// layout is where the columns of a file are.
type layout struct {
	places  map[Column]int
	ignored []string
	// lines says that rows speak of lines.
	lines bool
}

// score tells how much a row looks like the header: how many of our columns it names, and where columns are mapped by
// number, how many of those hold a title rather than a value. A row of values is none even if some of its words are
// known ones: "delivered" and "phone" are titles as well as values.
func (m Mapping) score(cells []string) int {
	byPlace, names := m.numbers()
	found, _ := names.find(cells)
	titles, values := 0, 0
	for c, at := range byPlace {
		if at >= len(cells) || strings.TrimSpace(cells[at]) == "" {
			continue
		}
		switch title, told := titled(c, cells[at]); {
		case !told:
		case title:
			titles++
		default:
			values++
		}
	}
	if titles+values == 0 {
		return len(found)
	}
	if values > 0 && titles < 3*values {
		return 0
	}
	return len(found) + titles
}

// titled tells whether a cell of a column is its title or a value; of columns of free text told is false unless the cell
// is a known title.
func titled(c Column, cell string) (title, told bool) {
	if columnWords[headerWord(cell)] == c {
		return true, true
	}
	letters, numbers := strings.ContainsFunc(cell, unicode.IsLetter), strings.ContainsFunc(cell, unicode.IsDigit)
	switch c {
	case ID:
		return letters && !numbers, true
	case StateIs:
		_, state := stateWords[headerWord(cell)]
		return letters && !state, true
	case Revision, Placed, Delivered, Quantity, Price, Discount, Total, Cost, Came:
		first, _ := utf8.DecodeRuneInString(strings.TrimSpace(cell))
		return letters && unicode.IsLetter(first), true
	}
	return false, false
}

// find reads a row as a header. What was mapped comes first; a column of the file means one thing. The fault is of the
// mapping.
func (m Mapping) find(cells []string) (map[Column]int, *fault.Error) {
	places, used := map[Column]int{}, map[int]bool{}
	var missing *fault.Error
	for _, c := range Columns {
		name, mapped := m[c]
		if !mapped || name == "" {
			continue
		}
		at := slices.IndexFunc(cells, func(cell string) bool { return headerWord(cell) == headerWord(name) })
		if at < 0 {
			missing = fails("orders_in.map_missing", string(c), "name", name)
			continue
		}
		places[c], used[at] = at, true
	}
	for at, cell := range cells {
		c, known := columnWords[headerWord(cell)]
		_, mapped := m[c]
		if _, twice := places[c]; known && !mapped && !twice && !used[at] {
			places[c], used[at] = at, true
		}
	}
	return places, missing
}

// numbers takes the columns that were mapped by number; the rest is left to find.
func (m Mapping) numbers() (byPlace map[Column]int, rest Mapping) {
	byPlace, rest = map[Column]int{}, Mapping{}
	for c, name := range m {
		if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= 1<<14 {
			byPlace[c] = n - 1
			rest[c] = ""
			continue
		}
		rest[c] = name
	}
	return byPlace, rest
}

// layOut finds the columns in a file's header, which is empty where there is none.
// It fails with fault.Invalid: "orders_in.map_missing", "orders_in.header", "orders_in.quantity_column".
func (m Mapping) layOut(header []string) (layout, error) {
	byPlace, rest := m.numbers()
	places, missing := rest.find(header)
	if missing != nil {
		return layout{}, missing
	}
	for c, at := range byPlace {
		for other, place := range places {
			if place == at {
				delete(places, other)
			}
		}
		places[c] = at
	}
	l := layout{places: places}
	if !l.has(ID) {
		return layout{}, fails("orders_in.header", string(ID))
	}
	l.lines = slices.ContainsFunc(lineColumns, l.has)
	if l.lines && !l.has(Quantity) {
		return layout{}, fails("orders_in.quantity_column", string(Quantity))
	}
	if l.lines && !l.has(Price) && !l.has(Total) {
		return layout{}, fails("orders_in.price_column", string(Price))
	}
	used := map[int]bool{}
	for _, at := range places {
		used[at] = true
	}
	for at, cell := range header {
		if cell = strings.TrimSpace(cell); cell != "" && !used[at] {
			l.ignored = append(l.ignored, cell)
		}
	}
	return l, nil
}

func (l layout) has(c Column) bool { _, has := l.places[c]; return has }

// cell is what a row says in a column.
func (l layout) cell(cells []string, c Column) string {
	at, has := l.places[c]
	if !has || at >= len(cells) {
		return ""
	}
	return strings.Join(strings.Fields(cells[at]), " ")
}
